// The conversation with the frame, by hand; `connectFrame` of glassvisor/frame.js does the same. See docs/embedding.md.
const frame = document.getElementById('machine');
const where = document.getElementById('where');
const id = String(Math.random());
let port = null;
let last = 0;

const hello = setInterval(() => frame.contentWindow.postMessage({ gv: 1, type: 'hello', id }, '*'), 250);
setTimeout(() => clearInterval(hello), 5000);

addEventListener('message', ({ source, data, ports }) => {
  if (source !== frame.contentWindow || data?.type !== 'welcome' || data.id !== id) return;
  clearInterval(hello);
  port = ports[0];
  port.onmessage = ({ data: said }) => {
    if (said.event === 'gv-exit') where.textContent = `sortie ${said.detail.reason} : ${said.detail.name}`;
    if (said.event === 'gv-ready') where.dataset.place = said.detail.place;
    // As high as what it shows, and never absurdly so.
    if (said.event === 'gv-resize') frame.height = Math.min(said.detail.wanted, 900);
    if (said.error) where.textContent = said.error.message;
  };
});

document.getElementById('next').addEventListener('click', () => port?.postMessage({ id: ++last, method: 'step', params: [1, 'exit'] }));
