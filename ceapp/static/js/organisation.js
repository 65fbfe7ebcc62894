// On a phone the pages of an organisation stand in one line that moves sideways: the page that is open is shown in it.
for (const list of document.querySelectorAll(".organisation-nav ul")) {
  const here = list.querySelector("[aria-current]");
  if (here) list.scrollLeft = here.offsetLeft - list.offsetLeft - list.clientWidth / 3;
}
