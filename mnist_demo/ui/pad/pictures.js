// A picture pasted, dropped or chosen instead of drawing: the server finds its ink, the pad shows it.

const LARGEST_FILE = 10e6; // bytes; what the server refuses is not worth sending

function asDataUrl(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

// {source, image}: an image of ink, decoded and ready to draw.
async function decodePicture(source) {
  const image = new Image();
  image.src = source;
  await image.decode();
  return { source, image };
}

// The picture of one file as ink. Throws an Error whose message is for people.
async function readPicture(file, server) {
  if (file.size > LARGEST_FILE) throw new Error("This picture is too large.");
  const picture = await asDataUrl(file).catch(() => {
    throw new Error("This file can't be read.");
  });
  const answer = await server.read_picture({ picture });
  if (!answer) throw new Error("Can't reach the server, so the picture wasn't read. Please try again.");
  if (answer.error) throw new Error(answer.error);
  return decodePicture(answer.picture);
}

// take(file) gets every file that people bring; listens on the document for pasting until `signal` aborts.
function welcomeFiles({ stage, take, inSight, signal }) {
  const chooser = stage.querySelector(".tools input[type=file]");
  stage.querySelector("[data-tool=picture]").addEventListener("click", () => chooser.click());
  chooser.addEventListener("change", () => {
    if (chooser.files.length) take(chooser.files[0]);
    chooser.value = ""; // so that the same file can be chosen again
  });

  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  const hover = (is) => stage.classList.toggle("dropping", is);
  stage.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    hover(true);
  });
  stage.addEventListener("dragleave", (event) => stage.contains(event.relatedTarget) || hover(false));
  stage.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    hover(false);
    if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
  });

  const paste = (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
    if (!file || !inSight() || isTyping(event.target)) return;
    event.preventDefault();
    take(file);
  };
  document.addEventListener("paste", paste, { signal });
}
