// Links within the dashboard change the address and tell the server; so does the back button. Without a connection
// they are links as any. Copying, the theme and whether somebody looks are the browser's to know.
const root = document.documentElement;
const theme = (chosen) => {
  root.dataset.theme = chosen;
  for (const button of document.querySelectorAll("[data-choose]")) button.ariaPressed = button.dataset.choose === chosen;
};
root.dataset.theme = localStorage.getItem("plimsoll-theme") ?? "auto";
document.addEventListener("click", (event) => {
  const { target } = event, link = target.closest("a[data-in]"), copy = target.closest("[data-copy]"), choice = target.closest("[data-choose]");
  if (choice) localStorage.setItem("plimsoll-theme", choice.dataset.choose), theme(choice.dataset.choose);
  if (copy) {
    const text = (copy.dataset.copy ? document.querySelector(copy.dataset.copy) : copy.previousElementSibling);
    getSelection().selectAllChildren(text), navigator.clipboard?.writeText(text.textContent), (copy.textContent = "Copied");
  }
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || !window.socket?.connected) return;
  event.preventDefault(), history.pushState(null, "", link.href), emitEvent("goto", { query: link.search, id: link.id });
});
// One cursor through all charts: the library knows of groups only from within the browser.
const join = async (id, tries = 20) => {
  const { echarts } = await import("nicegui-echart"), chart = getElement(id)?.chart;
  if (chart) (chart.group = "time"), echarts.connect("time");
  else if (tries) setTimeout(() => join(id, tries - 1), 200);
};
addEventListener("popstate", () => emitEvent("goto", { query: location.search, id: "" }));
document.addEventListener("visibilitychange", () => emitEvent("seen", { hidden: document.hidden }));
// The framework says that a connection is lost, not that there never was one: what the page shows is then of no age.
setTimeout(() => window.did_handshake || (document.getElementById("popup").ariaHidden = false), 10000);
