/**
 * The path of an HTTP request's URL, as Hubble's filter takes it out: percent-decoded, null where the URL is none that a request may have.
 *
 * Source: Go's net/url.ParseRequestURI, which Hubble uses.
 */

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):/;

// eslint-disable-next-line no-control-regex -- control characters are what makes a URL invalid
const CONTROL = /[\u0000-\u001f\u007f]/;

export function requestPath(url: string): string | null {
  if (url === "" || CONTROL.test(url)) return null;
  if (url === "*") return "*";
  const scheme = SCHEME.exec(url);
  let rest = scheme === null ? url : url.slice(scheme[0].length);
  const query = rest.indexOf("?");
  if (query >= 0) rest = rest.slice(0, query);
  if (!rest.startsWith("/")) return scheme === null ? null : "";
  if (scheme !== null && rest.startsWith("//")) {
    const slash = rest.indexOf("/", 2);
    const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash);
    if (/\s/.test(authority) || /:[^\]:]*[^\]:\d][^\]:]*$/.test(authority)) return null;
    rest = slash < 0 ? "" : rest.slice(slash);
  }
  return decoded(rest);
}

function decoded(path: string): string | null {
  if (!path.includes("%")) return path;
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) return null;
  try {
    return decodeURIComponent(path);
  } catch {
    // Bytes that are no UTF-8 match nothing that can be typed.
    return path.replace(/%[0-9A-Fa-f]{2}/g, "\ufffd");
  }
}
