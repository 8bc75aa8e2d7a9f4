/** XML as people read it: a line for each element, indented. What is no whole XML (cut, or unknown) stays as it is. */
const INDENT = '  ';
const MOST = 20_000;

export function pretty(xml: string): string {
  if (xml.length > MOST) return xml;
  const document = new DOMParser().parseFromString(xml, 'text/xml');
  if (document.getElementsByTagName('parsererror').length > 0) return xml;
  return lines(document.documentElement, null, '').join('\n');
}

function lines(element: Element, namespace: string | null, indent: string): string[] {
  const name = element.tagName;
  const attributes = [...element.attributes].filter(
    // An inherited namespace is said where it begins, as in a stream.
    (attribute) => !(attribute.name === 'xmlns' && attribute.value === namespace),
  );
  const tag = [name, ...attributes.map((attribute) => `${attribute.name}="${escaped(attribute.value, true)}"`)].join(
    ' ',
  );
  const children = [...element.children];
  const text = element.textContent;
  if (children.length === 0) return [`${indent}<${tag}${text ? `>${escaped(text)}</${name}>` : '/>'}`];
  const mixed = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim());
  if (mixed) return [indent + new XMLSerializer().serializeToString(element)];
  const within = children.flatMap((child) => lines(child, element.namespaceURI, indent + INDENT));
  return [`${indent}<${tag}>`, ...within, `${indent}</${name}>`];
}

function escaped(text: string, attribute = false): string {
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return attribute ? safe.replaceAll('"', '&quot;') : safe;
}
