"use strict";
(() => {
  // A map that would become smaller than this to be seen in whole is scrolled instead.
  const SCALE_MIN = 0.85;
  const ROOM_NARROW = 1000;
  const page = document.documentElement;
  const map = document.getElementById("map");
  const sliders = { activities: document.getElementById("activities"), paths: document.getElementById("paths") };
  const kept = { activities: document.getElementById("activities-kept"), paths: document.getElementById("paths-kept") };
  const data = JSON.parse(document.getElementById("data").textContent);

  const numbered = (name) => new Map([...map.querySelectorAll(`[data-${name}]`)].map((element) => [element.dataset[name], element]));
  const drawn = { node: numbered("node"), edge: numbered("edge"), label: numbered("label") };

  const put = (element, place) => {
    element.toggleAttribute("hidden", place === undefined);
    if (place !== undefined) element.setAttribute("transform", `translate(${place[0]} ${place[1]})`);
  };

  const room = map.parentElement;
  const fit = ([width, height]) => {
    const style = getComputedStyle(room);
    const across = room.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const scale = Math.max(SCALE_MIN, Math.min(1, across / width, (parseFloat(style.maxHeight) - parseFloat(style.paddingBottom)) / height || 1));
    map.setAttribute("viewBox", `0 0 ${width} ${height}`);
    map.setAttribute("width", Math.floor(width * scale));
    map.setAttribute("height", Math.floor(height * scale));
  };

  const draw = ({ size, nodes, edges }) => {
    fit(size);
    for (const [number, element] of drawn.node) put(element, nodes[number]);
    for (const [number, element] of drawn.label) put(element, edges[number]?.label);
    for (const [number, element] of drawn.edge) {
      const edge = edges[number];
      element.toggleAttribute("hidden", edge === undefined);
      if (edge === undefined) continue;
      element.querySelector(".line").setAttribute("d", edge.line);
      element.querySelector(".head").setAttribute("d", edge.head);
    }
  };

  const tell = (name, words) => {
    const text = words[page.lang] ?? words.ko;
    kept[name].textContent = text;
    sliders[name].setAttribute("aria-valuetext", text);
  };

  const shown = () => {
    const level = data.levels[sliders.activities.value];
    return level === undefined ? undefined : { level, path: level.paths[sliders.paths.value] };
  };

  const show = () => {
    const now = shown();
    if (now === undefined) return;
    draw(data.drawings[now.path.drawing][room.clientWidth < ROOM_NARROW ? "narrow" : "wide"]);
    tell("activities", now.level.kept);
    tell("paths", now.path.kept);
  };

  // Fewer activities have fewer steps of paths: the slider keeps its part of the way.
  sliders.activities.addEventListener("input", () => {
    const part = Number(sliders.paths.value) / Math.max(1, Number(sliders.paths.max));
    const most = data.levels[sliders.activities.value].paths.length - 1;
    sliders.paths.max = most;
    sliders.paths.value = Math.round(part * most);
    show();
  });
  sliders.paths.addEventListener("input", show);

  const press = (buttons, pressed) => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button === pressed));
  };
  const choose = (name, chosen) => {
    const buttons = [...document.querySelectorAll(`[data-${name}]`)].filter((element) => element.matches("button"));
    for (const button of buttons) {
      button.addEventListener("click", () => {
        press(buttons, button);
        chosen(button.dataset[name]);
      });
    }
  };
  choose("show", (measure) => {
    page.dataset.measure = measure;
  });
  choose("language", (language) => {
    page.lang = language;
    document.title = data.title[language];
    show();
  });

  document.getElementById("theme").addEventListener("click", () => {
    const isDark = page.dataset.theme === undefined ? matchMedia("(prefers-color-scheme: dark)").matches : page.dataset.theme === "dark";
    page.dataset.theme = isDark ? "light" : "dark";
  });

  addEventListener("resize", show);
  show();
})();
