// A refused form opens at its list of errors, or at the error of its question, so that nobody has to look for them.
const refused = document.querySelector(".errors[data-focus]") ?? document.querySelector("[data-focus]");
if (refused) refused.focus();
