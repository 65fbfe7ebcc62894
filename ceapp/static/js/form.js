// A refused form opens at its list of errors, so that nobody has to look for them.
const summary = document.querySelector("[data-focus]");
if (summary) summary.focus();
