// Keeps the page live where a browser translates it. A translator puts a <font> element with the translation in the place
// of each text node, and the program goes on writing to the node that has gone. Here the node is put back, empty, before
// its translation, which goes when the program writes to the node or removes it.

// The translation of a text node with the text that was translated, and the text node of a translation.
const translations = new WeakMap();
const texts = new WeakMap();

function putBack(text, font) {
  translations.set(text, { font, original: text.data });
  texts.set(font, text);
  text.data = "";
  font.before(text);
}

function forget(text) {
  const { font, original } = translations.get(text);
  translations.delete(text);
  texts.delete(font);
  font.remove();
  return original;
}

const isNew = (node) => node?.nodeName === "FONT" && node.isConnected && !texts.has(node);

const observer = new MutationObserver((changes) => {
  const fresh = new Set();
  for (const { target, type, addedNodes, removedNodes, previousSibling, nextSibling } of changes) {
    if (type === "characterData" && translations.has(target)) {
      // What the program wrote while the node was away was taken for what was translated.
      const written = forget(target);
      if (fresh.has(target)) target.data = written;
    }
    for (const gone of removedNodes) {
      const text = texts.get(gone);
      if (gone.isConnected) {
        // It has only been moved.
      } else if (translations.has(gone)) {
        forget(gone);
      } else if (gone.nodeType === Node.TEXT_NODE) {
        const font = [...addedNodes, previousSibling, nextSibling].find(isNew);
        if (font) {
          putBack(gone, font);
          fresh.add(gone);
        }
      } else if (text?.isConnected) {
        // Translated anew, or shown in its own language again.
        text.data = forget(text);
        const font = [...addedNodes].find(isNew);
        if (font) putBack(text, font);
      }
    }
  }
  // The changes made here.
  observer.takeRecords();
});
observer.observe(document.body, { childList: true, characterData: true, subtree: true });
