// Events bubble: one listener hears every machine of the page.
document.addEventListener('gv-stop', ({ detail }) => tell(detail));
// The way to the tick that the element names is made before anybody is told.
document.addEventListener('gv-ready', ({ target }) => tell(target.position));

function tell({ tick, reason }) {
  document.getElementById('where').textContent = `tick ${tick} (${reason})`;
}
