for (const place of document.querySelectorAll("[data-figure]")) {
  const { data, layout, config } = JSON.parse(document.getElementById(place.dataset.figure).textContent);
  if (matchMedia("(pointer: coarse)").matches) layout.dragmode = false; // a finger scrolls the page
  Plotly.newPlot(place, data, layout, config);
  addEventListener("beforeprint", () => Plotly.relayout(place, { autosize: false, width: 900 }));
  addEventListener("afterprint", () => Plotly.relayout(place, { autosize: true, width: null }));
}
