// Ordering: the numbered selects also drag, and move by buttons. Until the first move nothing is chosen for anybody.
const button = (label, path) => {
  const made = document.createElement("button");
  made.type = "button";
  made.setAttribute("aria-label", label);
  made.append(picture(path));
  return made;
};

const picture = (path) => {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const line = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "sign");
  svg.setAttribute("aria-hidden", "true");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
};

const makeSortable = (list) => {
  const field = list.closest("fieldset");
  const said = field.querySelector("[data-order-said]");
  const items = () => [...list.children];
  const text = (item) => item.querySelector("label").textContent.trim();
  const select = (item) => item.querySelector("select");

  const number = () => items().forEach((item, index) => { select(item).value = String(index + 1); });
  const markEnds = () => items().forEach((item, index, all) => {
    item.querySelector("[data-up]").disabled = index === 0;
    item.querySelector("[data-down]").disabled = index === all.length - 1;
  });
  const settle = (item) => {
    number();
    markEnds();
    said.textContent = `${text(item)}: now ${items().indexOf(item) + 1} of ${items().length}`;
  };
  // The others move around the item: one that is itself taken out loses the pointer that holds it, and the focus.
  const place = (item, index) => {
    if (items().indexOf(item) === index) return;
    const others = items().filter((other) => other !== item);
    others.slice(0, index).forEach((other) => list.insertBefore(other, item));
    others.slice(index).forEach((other) => list.append(other));
  };
  const move = (item, step, pressed, other) => {
    place(item, items().indexOf(item) + step);
    settle(item);
    (pressed.disabled ? other : pressed).focus();
  };

  const drag = (item, grip, start) => {
    let index = items().indexOf(item);
    const first = index;
    const onMove = (event) => {
      const others = items().filter((other) => other !== item);
      index = others.filter((other) => {
        const box = other.getBoundingClientRect();
        return box.top + box.height / 2 < event.clientY;
      }).length;
      place(item, index);
      const margin = 60;
      if (event.clientY < margin) window.scrollBy(0, -12);
      if (event.clientY > window.innerHeight - margin) window.scrollBy(0, 12);
    };
    const stop = (cancelled) => {
      grip.removeEventListener("pointermove", onMove);
      item.classList.remove("order-held");
      if (cancelled) place(item, first);
      else if (index !== first) settle(item);
    };
    item.classList.add("order-held");
    grip.setPointerCapture(start.pointerId);
    grip.addEventListener("pointermove", onMove);
    grip.addEventListener("pointerup", () => stop(false), { once: true });
    grip.addEventListener("pointercancel", () => stop(true), { once: true });
  };

  for (const item of items()) {
    const up = button(`Move up: ${text(item)}`, "M8 13V3M3.5 7.5 8 3l4.5 4.5");
    const down = button(`Move down: ${text(item)}`, "M8 3v10M3.5 8.5 8 13l4.5-4.5");
    const grip = document.createElement("span");
    const pair = document.createElement("div");
    const moves = document.createElement("div");
    up.dataset.up = down.dataset.down = "";
    grip.className = "order-grip";
    grip.append(picture("M2.5 5h11M2.5 8h11M2.5 11h11"));
    grip.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      drag(item, grip, event);
    });
    up.addEventListener("click", () => move(item, -1, up, down));
    down.addEventListener("click", () => move(item, 1, down, up));
    select(item).addEventListener("change", (event) => {
      if (!event.target.value) return;
      place(item, Number(event.target.value) - 1);
      settle(item);
      event.target.focus();
    });
    pair.className = "order-pair";
    pair.append(up, down);
    moves.className = "order-moves";
    moves.append(grip, pair);
    item.append(moves);
  }
  // A page that comes back with places already chosen shows the items in that order.
  if (items().every((item) => select(item).value)) {
    items().sort((one, two) => Number(select(one).value) - Number(select(two).value)).forEach((item) => list.append(item));
  }
  markEnds();
  list.classList.add("order-ready");
  field.querySelector("[data-order-how]").hidden = false;
};

document.querySelectorAll("[data-order]").forEach(makeSortable);
