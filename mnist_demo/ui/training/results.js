// Downloads, made by the server when they are asked for, for this visitor only.

element.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-download]");
  if (!button) return;
  const notice = element.querySelector(".notice");
  button.setAttribute("aria-busy", "true");
  const answer = await server.download({ visitor: visitor(), run: Number(button.dataset.of), kind: button.dataset.download });
  button.removeAttribute("aria-busy");
  notice.textContent = answer?.error ?? (answer ? "" : "Can’t reach the server; please try again.");
  if (!answer?.content) return;
  const bytes = Uint8Array.from(atob(answer.content), (character) => character.charCodeAt(0));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes]));
  link.download = answer.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
});
