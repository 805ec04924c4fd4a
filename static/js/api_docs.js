// The API's page: shows the document, and sends what is tried with the session's token.

const place = document.getElementById("api");

function csrfToken() {
  const pair = document.cookie.split("; ").find((one) => one.startsWith("csrftoken="));
  return pair ? decodeURIComponent(pair.slice("csrftoken=".length)) : "";
}

window.SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  presets: [window.SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  requestInterceptor(request) {
    const url = new URL(request.url, window.location.href);
    if (url.origin === window.location.origin && request.method === "POST") {
      request.headers["X-CSRFToken"] = csrfToken();
    }
    return request;
  },
});
