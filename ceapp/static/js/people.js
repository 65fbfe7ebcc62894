// A field that filters the list of people by name. Boxes that are hidden stay ticked, and are sent.
for (const find of document.querySelectorAll("[data-people-find]")) {
  const field = find.querySelector("input");
  const said = find.querySelector("[data-people-said]");
  const groups = [...find.parentElement.querySelectorAll("[data-people-group]")];
  const open = new Map(groups.map((group) => [group, group.open]));
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  find.hidden = false;
  field.addEventListener("input", () => {
    const wanted = plain(field.value.trim());
    let shown = 0;
    for (const group of groups) {
      const people = [...group.querySelectorAll("[data-person]")];
      for (const person of people) person.hidden = !plain(person.textContent).includes(wanted);
      const found = people.filter((person) => !person.hidden).length;
      group.hidden = wanted !== "" && found === 0;
      group.open = wanted === "" ? open.get(group) : true;
      shown += found;
    }
    said.textContent = wanted === "" ? "" : `${shown} found`;
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}

// Many boxes travel as one value: a form takes a limited number of fields.
for (const list of document.querySelectorAll(".people")) {
  list.form.addEventListener("formdata", ({ formData }) => {
    const ids = formData.getAll("people");
    formData.delete("people");
    if (ids.length) formData.append("people", ids.join(" "));
  });
}
