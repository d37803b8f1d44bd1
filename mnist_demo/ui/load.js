// The `js_on_load` of every component: loads the component's module and mounts it. Gradio runs this text as the
// body of a function, so it isn't a module itself; `@module` is the module's address, seen from the page.
// Nothing waits for it: where the module can't be loaded the page says so, and its other parts work.

import(new URL("@module", document.baseURI).href)
  .then(({ mount }) => mount({ element, props, server, trigger, watch }))
  .catch((problem) => {
    if (!document.querySelector(".not-loaded")) {
      const notice = document.createElement("p");
      notice.className = "not-loaded";
      notice.setAttribute("role", "alert");
      notice.textContent = "A part of this page couldn’t be loaded. Please reload the page.";
      document.body.append(notice);
    }
    throw problem;
  });
