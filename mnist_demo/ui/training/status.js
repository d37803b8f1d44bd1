// Tells the rest of the page where the visitor's run stands, each time the server says so.

const tellState = () => {
  const { dataset } = element.querySelector("[data-state]") ?? {};
  if (dataset) window.dispatchEvent(new CustomEvent("mnist-demo-training", { detail: { ...dataset } }));
};
watch("value", tellState);
