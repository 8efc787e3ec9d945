// Events bubble: one listener hears every machine of the page.
document.addEventListener('gv-stop', ({ detail }) => {
  document.getElementById('where').textContent = `tick ${detail.tick} (${detail.reason})`;
});
