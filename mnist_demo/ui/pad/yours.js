// The model that the visitor trains: joins the others when it is done, and reads the pad while it learns.

const TRAINS = ["starting", "running", "paused"];

// found(model) takes it as it is now; started() and whatever else Training says come as the event of its tab.
function followTraining({ found, started, signal, whileAlive }) {
  let trains = false;
  const look = async () => {
    const model = await server.yours({ visitor: visitor() });
    if (model?.name) found(model);
  };
  const hear = ({ detail: { state } }) => {
    const did = trains;
    trains = TRAINS.includes(state);
    if (trains && !did) started();
    if (["finished", "stopped"].includes(state)) look();
  };
  window.addEventListener("mnist-demo-training", whileAlive(hear), { signal });
  if (isKnown()) look();
  return { isTraining: () => trains };
}
