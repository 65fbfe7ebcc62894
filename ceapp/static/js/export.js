// Shows how far an export is; when it is ready, the page with the download takes this one's place.
const place = document.querySelector("[data-export]");
if (place) {
  const look = async () => {
    const response = await fetch(place.dataset.export, { headers: { Accept: "application/json" } });
    if (!response.ok) return;
    const { percent, ready, finished } = await response.json();
    if (finished) return location.reload();
    place.querySelector("progress").value = percent;
    place.querySelector("[data-export-ready]").textContent = ready;
    setTimeout(look, 2000);
  };
  setTimeout(look, 2000);
}
