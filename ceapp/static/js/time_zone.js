// Offers the browser's own time zone where none has been chosen; a select keeps "Choose" when it does not know the zone.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
for (const field of document.querySelectorAll("[data-time-zone]")) {
  if (field.value !== "") continue;
  field.value = zone;
  if (field.value !== zone) field.value = "";
}
