// A React page (19 or later, which sets attributes and hears events of custom elements). Bundled by Vite, webpack and their kin: the worker's file comes along.
import 'glassvisor';
import 'glassvisor/parts.js';
import { createElement as h, StrictMode, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';

function Lesson() {
  const machine = useRef(null);
  const [position, setPosition] = useState(null);
  const [isShown, show] = useState(true);
  const where = position ? `Tick ${position.tick}: ${position.reason}` : 'Not started';
  return h(
    'main',
    null,
    h('h1', null, 'One exit at a time'),
    h('button', { id: 'next', onClick: () => machine.current.step(1, 'exit') }, 'To the next VM exit'),
    h('button', { id: 'toggle', onClick: () => show(!isShown) }, isShown ? 'Away with it' : 'Back with it'),
    h('p', { id: 'where' }, where),
    isShown &&
      h('glass-visor', { ref: machine, id: 'machine', guest: 'first-exit', lang: 'en', 'ongv-stop': ({ detail }) => setPosition(detail) }),
    h('glass-visor-registers', { for: 'machine' }),
  );
}

createRoot(document.getElementById('root')).render(h(StrictMode, null, h(Lesson)));
