// Fills every element with data-backorder-sku: <span data-backorder-sku="LAMP" data-backorder-units="1"></span>.
// Options on the script's own tag: data-channel, data-country, data-lang; data-json-ld adds schema.org data to the page.
(function () {
  "use strict";
  var script = document.currentScript;
  var home = new URL("items/", script.src);

  function ask(element) {
    var address = new URL(encodeURIComponent(element.dataset.backorderSku) + ".json", home);
    var given = {
      channel: script.dataset.channel,
      country: script.dataset.country,
      lang: script.dataset.lang || document.documentElement.lang.slice(0, 2),
      units: element.dataset.backorderUnits
    };
    Object.keys(given).forEach(function (name) {
      if (given[name]) { address.searchParams.set(name, given[name]); }
    });
    fetch(address, { credentials: "omit" }).then(function (answer) {
      return answer.ok ? answer.json() : Promise.reject(answer.status);
    }).then(function (found) { show(element, found); }, function () {
      // What the shop wrote into the element itself stays.
    });
  }

  function show(element, found) {
    element.textContent = found.text;
    element.dataset.backorderAvailability = found.availability;
    if (script.dataset.jsonLd === undefined) { return; }
    var data = document.createElement("script");
    data.type = "application/ld+json";
    data.textContent = JSON.stringify(found.json_ld);
    document.head.append(data);
  }

  function fill() { document.querySelectorAll("[data-backorder-sku]").forEach(ask); }
  if (document.readyState === "loading") { document.addEventListener("DOMContentLoaded", fill); } else { fill(); }
})();
