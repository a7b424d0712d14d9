// A SMART app in one file: standalone launch or launch from an EHR, authorization code with PKCE, one read of the
// patient.
//
// Source: SMART App Launch 2.2, app-launch; RFC 7636 (PKCE); RFC 9207 (iss in the answer).

const REDIRECT_URI = `${location.origin}/`;
const STANDALONE = { scope: "launch/patient openid fhirUser patient/*.rs" };
const LAUNCHED_SCOPE = "launch openid fhirUser patient/*.rs";
const LAUNCHED_AT = "/launch";
const KEPT = "sample-app.request";

/** What went wrong, in words, with the facts that a developer wants to see. */
class Problem extends Error {
  constructor(words, facts = {}) {
    super(words);
    this.facts = facts;
  }
}

const part = (id) => document.getElementById(id);
const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

// Step 1: where are the endpoints?

async function discover() {
  const config = await json("/config.json", "the app's own settings");
  const address = `${config.fhir_base_url}/.well-known/smart-configuration`;
  const smart = await json(address, "the SMART configuration");
  return { ...config, smart };
}

/** What an EHR's launch adds to the request. An app sends a launch to no server but the one that it knows. */
function acceptLaunch(opened, { fhir_base_url }) {
  const [iss, launch] = [opened.get("iss"), opened.get("launch")];
  if (!iss || !launch) throw new Problem("An EHR opens this address with iss and launch, and one is missing.");
  if (iss !== fhir_base_url) {
    const facts = { expected: fhir_base_url, received: iss };
    throw new Problem("The launch comes from another FHIR server than the one this app works with.", facts);
  }
  return { scope: LAUNCHED_SCOPE, launch };
}

// Step 2: send the browser to the service, and keep what the answer will be checked against.

async function connect(opened) {
  const { client_id, fhir_base_url, smart } = await discover();
  const asked = opened ? acceptLaunch(opened, { fhir_base_url }) : STANDALONE;
  const verifier = random();
  const state = random();
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const kept = { client_id, fhir_base_url, state, verifier, issuer: smart.issuer, token_endpoint: smart.token_endpoint };
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
  const url = new URL(smart.authorization_endpoint);
  const parameters = {
    response_type: "code",
    client_id,
    redirect_uri: REDIRECT_URI,
    ...asked,
    state,
    aud: fhir_base_url,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  location.assign(url);
}

// Step 3: the browser is back. Is this the answer to what was asked?

function accept(answer) {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  sessionStorage.removeItem(KEPT);
  if (kept === null) throw new Problem("The app did not ask for this answer, or it was already used. Connect again.");
  if (answer.get("state") !== kept.state) throw new Problem("The answer has another state than the app's request.");
  if (answer.get("iss") !== kept.issuer) {
    const facts = { expected: kept.issuer ?? "none", received: answer.get("iss") ?? "none" };
    throw new Problem("The answer comes from another issuer than the app asked.", facts);
  }
  if (answer.has("error")) {
    const { error, error_description, error_uri } = Object.fromEntries(answer);
    throw new Problem("The service did not allow it.", { error, error_description, error_uri });
  }
  return { ...kept, code: answer.get("code") };
}

// Step 4: exchange the code for tokens.

async function exchange({ client_id, code, verifier, token_endpoint }) {
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    code,
    redirect_uri: REDIRECT_URI,
    client_id,
    code_verifier: verifier,
  });
  return json(token_endpoint, "a token", { method: "POST", body });
}

// Step 5: read the patient.

async function readPatient({ fhir_base_url }, token) {
  if (!token.patient) throw new Problem("The token response names no patient.");
  const address = `${fhir_base_url}/Patient/${encodeURIComponent(token.patient)}`;
  const headers = { Authorization: `Bearer ${token.access_token}`, Accept: "application/fhir+json" };
  return json(address, "the patient", { headers });
}

/** Fetches JSON, or says in words what was wanted and why it was not to be had. */
async function json(address, wanted, options = {}) {
  let response;
  try {
    const settings = { credentials: "omit", cache: "no-store", redirect: "error" };
    response = await fetch(address, { headers: { Accept: "application/json" }, ...settings, ...options });
  } catch {
    throw new Problem(`The app could not fetch ${wanted}. Is the service running?`, { address });
  }
  const document = await response.json().catch(() => null);
  if (!response.ok || document === null) {
    const { error, error_description, error_uri, issue } = document ?? {};
    const facts = { address, status: response.status, error, error_description, error_uri };
    throw new Problem(`The app asked for ${wanted} and was refused.`, { ...facts, diagnostics: issue?.[0]?.diagnostics });
  }
  return document;
}

// What is shown

function showPatient(patient) {
  const name = patient.name?.[0] ?? {};
  part("patient-name").textContent = name.text ?? [...(name.given ?? []), name.family].filter(Boolean).join(" ");
  part("patient-id").textContent = patient.id;
  part("patient-birth-date").textContent = inWords(patient.birthDate);
}

/** "12 March 1984" of a whole date; a FHIR date may also be a year or a month, which stays as it is. */
function inWords(date = "unknown") {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return date;
  const form = { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" };
  return new Intl.DateTimeFormat("en-GB", form).format(new Date(date));
}

function showToken(token) {
  const scopes = (token.scope ?? "").split(" ").map((scope) => {
    const item = document.createElement("li");
    item.textContent = scope;
    return item;
  });
  part("scopes").replaceChildren(...scopes);
  const secret = (name) => name.endsWith("_token");
  const short = (name, value) => (secret(name) ? `${value.slice(0, 12)}… (${value.length} characters)` : value);
  const write = (whole) => {
    const show = (name, value) => (whole || typeof value !== "string" ? value : short(name, value));
    part("token-response").textContent = JSON.stringify(token, show, 2);
  };
  const button = part("show-tokens");
  button.addEventListener("click", () => {
    const whole = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(whole));
    write(whole);
  });
  write(false);
}

/** The context that came beside the access token, such as the encounter that was open in the EHR. */
function showContext({ encounter, need_patient_banner, intent }) {
  part("context").replaceChildren(...rows({ encounter, need_patient_banner, intent }));
}

/** One row of a list for each fact that is known. */
function rows(facts) {
  const known = Object.entries(facts).filter(([, value]) => value !== undefined);
  return known.map(([name, value]) => {
    const row = document.createElement("div");
    row.append(document.createElement("dt"), document.createElement("dd"));
    row.firstChild.textContent = name;
    row.lastChild.textContent = value;
    return row;
  });
}

function showProblem(problem) {
  part("problem-text").textContent = problem.message;
  part("problem-facts").replaceChildren(...rows(problem.facts ?? {}));
  part("problem").hidden = false;
  part("start").hidden = false;
  part("problem").focus();
}

/** Does one thing at a time, saying what it is, and shows the problem if there is one. */
async function attempt(saying, work) {
  const button = part("connect");
  part("problem").hidden = true;
  part("progress").textContent = saying;
  button.setAttribute("aria-disabled", "true");
  try {
    await work();
  } catch (problem) {
    showProblem(problem);
  }
  part("progress").textContent = "";
  button.removeAttribute("aria-disabled");
}

async function finish(answer) {
  const request = accept(answer);
  const token = await exchange(request);
  const patient = await readPatient(request, token);
  showPatient(patient);
  showContext(token);
  showToken(token);
  part("result").hidden = false;
  part("result-title").focus();
}

function begin() {
  part("connect").addEventListener("click", () => {
    if (part("connect").getAttribute("aria-disabled") !== "true") attempt("Asking the service …", () => connect());
  });
  const answer = new URLSearchParams(location.search);
  if (location.pathname === LAUNCHED_AT) {
    part("start").hidden = true;
    attempt("Answering the EHR …", () => connect(answer));
    return;
  }
  if (!answer.has("code") && !answer.has("error")) return;
  // The code is for the app alone: it leaves the address bar and the history before anything else happens.
  history.replaceState(null, "", REDIRECT_URI);
  part("start").hidden = true;
  attempt("Finishing …", () => finish(answer));
}

// The redirect URI is registered with localhost; a page opened by the address would come back as another site.
if (location.hostname === "127.0.0.1") {
  location.replace(`http://localhost:${location.port}${location.pathname}${location.search}`);
} else {
  begin();
}
