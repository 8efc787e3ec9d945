/** What stands around the scene, as the attributes say. */
const COMPACT = 'band instruction why transport';
const FULL = `${COMPACT} lens code registers speed timeline`;

/** The list of an attribute whose values stand with blanks or commas between. */
export function listOf(element: Element, name: string): readonly string[] {
  return (element.getAttribute(name) ?? '').split(/[\s,]+/).filter(Boolean);
}

/** Names of the controls that are wanted: those of `controls`, else those of `density`. */
export function controlsOf(element: Element): readonly string[] {
  if (element.hasAttribute('controls')) return listOf(element, 'controls');
  return (element.getAttribute('density') === 'full' ? FULL : COMPACT).split(' ');
}
