export type Child = Node | string | number | null | false | undefined | readonly Child[];

export type Attributes = Readonly<Record<string, string | number | boolean | null | undefined>>;

const svgNamespace = 'http://www.w3.org/2000/svg';

/** An element. Attributes that are null, undefined or false are left out. What it does is said by `data-do`. */
export function h(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): HTMLElement {
  return filled(document.createElement(tag), attributes, children);
}

export function s(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): SVGElement {
  return filled(document.createElementNS(svgNamespace, tag), attributes, children);
}

function filled<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  add(element, children);
  return element;
}

function add(element: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (child instanceof Node) element.append(child);
    else if (typeof child === 'object') add(element, child);
    else element.append(String(child));
  }
}

/**
 * Makes what is shown like `fresh`, and touches only what differs: focus, selection, scroll places and what is open
 * stay. Children with `data-key` are found again by it.
 */
export function morph(shown: Element, fresh: Element): void {
  for (const { name } of [...shown.attributes]) {
    if (!fresh.hasAttribute(name) && !isOfPerson(shown, name)) shown.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (shown.getAttribute(name) !== value) shown.setAttribute(name, value);
  }
  // What a person types is theirs.
  if (fresh.hasAttribute('data-keep') && shown.hasChildNodes()) return;
  const byKey = new Map<string, Element>();
  for (const child of shown.children) {
    const key = child.getAttribute('data-key');
    if (key !== null) byKey.set(key, child);
  }
  let at = shown.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const key = wanted instanceof Element ? wanted.getAttribute('data-key') : null;
    const known: Node | null = key === null ? at : (byKey.get(key) ?? null);
    if (known === null || !isAlike(known, wanted)) {
      shown.insertBefore(wanted, at);
      continue;
    }
    if (known === at) at = at.nextSibling;
    else shown.insertBefore(known, at);
    if (known instanceof Element && wanted instanceof Element) morph(known, wanted);
    else if (known.nodeValue !== wanted.nodeValue) known.nodeValue = wanted.nodeValue;
  }
  while (at !== null) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

/** A person opens and closes details. */
function isOfPerson(element: Element, name: string): boolean {
  return name === 'open' && element.tagName === 'DETAILS';
}

function isAlike(one: Node, other: Node): boolean {
  if (one.nodeName !== other.nodeName) return false;
  if (!(one instanceof Element) || !(other instanceof Element)) return true;
  return one.getAttribute('data-key') === other.getAttribute('data-key');
}
