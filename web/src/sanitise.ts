/** The last gate before the page: whatever made the HTML, only this much of it gets in. */
import DOMPurify from "dompurify";

/** Gives nodes, never a string, so that nothing here is parsed a second time. */
export function sanitised(html: string): DocumentFragment {
  return DOMPurify.sanitize(html, {
    ALLOWED_TAGS: ["a", "blockquote", "br", "code", "em", "li", "ol", "p", "pre", "s", "span", "strong", "ul"],
    ALLOWED_ATTR: ["class", "href", "rel", "start", "target"],
    ALLOWED_URI_REGEXP: /^(?:https?:\/\/|\/(?:r|dm)\/)/i,
    ADD_URI_SAFE_ATTR: ["rel", "start", "target"],
    ALLOW_ARIA_ATTR: false,
    ALLOW_DATA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
}
