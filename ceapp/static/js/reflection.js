// Reflections: the words are counted, and what is typed is kept on the server as a draft while it is being written.
const PAUSE = 2000;
const LONGEST_PAUSE = 60000;
const KEEPALIVE_LIMIT = 60000; // browsers refuse to finish a longer request after the page has gone

const count = (text) => text.split(/\s+/).filter(Boolean).length;

const countWords = (area) => {
  const field = area.closest("fieldset");
  const shown = field.querySelector("[data-words-now]");
  const said = field.querySelector("[data-words-said]");
  const least = Number(area.dataset.least);
  const most = Number(area.dataset.most);
  let later;
  const sentence = () => {
    const words = count(area.value);
    const written = `${words} ${words === 1 ? "word" : "words"} written`;
    if (words < least) return `${written}, ${least - words} to go. `;
    if (most && words > most) return `${written}, ${words - most} too many. `;
    return `${written}. `;
  };
  const show = () => {
    shown.textContent = sentence();
    clearTimeout(later);
    later = setTimeout(() => { said.textContent = sentence(); }, 1500);
  };
  shown.hidden = false;
  shown.setAttribute("aria-hidden", "true");
  shown.textContent = sentence();
  area.addEventListener("input", show);
};

const keepDraft = (area) => {
  const form = area.form;
  const field = area.closest("fieldset");
  const said = field.querySelector("[data-draft-said]");
  const saves = form.querySelector('input[name="saves"]');
  let state = "clean"; // clean, typed, saving, overtaken (a newer draft exists elsewhere), sent (the form itself is on its way)
  let typedMeanwhile = false;
  let pause = PAUSE;
  let timer = 0;

  const say = (text, unsaved = false) => {
    said.textContent = text;
    said.classList.toggle("unsaved", unsaved);
  };
  const plan = () => {
    if (!timer) timer = setTimeout(save, pause);
  };
  const failed = (reason) => {
    if (state !== "saving") return;
    state = "typed";
    pause = Math.min(pause * 2, LONGEST_PAUSE);
    say(`Not saved yet: ${reason} Your text is still here, and saving is tried again.`, true);
    plan();
  };
  const answered = async (response) => {
    if (state !== "saving") return;
    if (response.status === 409) {
      state = "overtaken";
      say("A newer draft exists in another tab. What you type here is not saved as a draft; copy it before you leave.", true);
      return;
    }
    const isOurs = (response.headers.get("Content-Type") || "").includes("json");
    if (response.redirected || response.status === 403) {
      failed("you seem to be signed out. Sign in again in another tab.");
      return;
    }
    if (!response.ok || !isOurs) {
      failed("the server did not take it.");
      return;
    }
    const answer = await response.json();
    saves.value = area.dataset.draftSaves = String(answer.saves);
    pause = PAUSE;
    state = typedMeanwhile ? "typed" : "clean";
    say(typedMeanwhile ? "Saving…" : "Draft saved");
    if (typedMeanwhile) plan();
    typedMeanwhile = false;
  };
  const save = () => {
    clearTimeout(timer);
    timer = 0;
    if (state !== "typed") return;
    state = "saving";
    typedMeanwhile = false;
    const body = new FormData();
    body.append("csrf_token", form.querySelector('input[name="csrf_token"]').value);
    body.append("text", area.value);
    body.append("saves", saves.value);
    const keepalive = area.value.length * 3 < KEEPALIVE_LIMIT;
    fetch(area.dataset.draftUrl, { method: "POST", body, keepalive, credentials: "same-origin", headers: { Accept: "application/json" } })
      .then(answered)
      .catch(() => failed("the server cannot be reached."));
  };

  area.addEventListener("input", () => {
    if (state === "overtaken") return;
    if (state === "saving") {
      typedMeanwhile = true;
      return;
    }
    state = "typed";
    plan();
  });
  form.addEventListener("submit", () => { state = "sent"; });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && state === "sent") state = "typed";
  });
  window.addEventListener("pagehide", save);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save();
  });
  field.querySelector("[data-draft-button]").hidden = true;
};

document.querySelectorAll("[data-least]").forEach(countWords);
document.querySelectorAll("[data-draft-url]").forEach(keepDraft);
