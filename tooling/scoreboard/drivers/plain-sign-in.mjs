// A sign-in for clients that have no device flow, so that what they do afterwards can be tried.
const { DEVICE_AUTHORIZATION_ENDPOINT, TOKEN_ENDPOINT, CLIENT_ID, SCOPE } = process.env;

const post = async (url, fields) => {
  const body = new URLSearchParams({ client_id: CLIENT_ID, ...fields });
  return (await fetch(url, { method: "POST", body })).json();
};

/** Returns the answer of the token endpoint after the approval. */
export async function plainSignIn() {
  const { device_code, interval = 5 } = await post(DEVICE_AUTHORIZATION_ENDPOINT, { scope: SCOPE });
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, interval * 1000));
    const grant_type = "urn:ietf:params:oauth:grant-type:device_code";
    const answer = await post(TOKEN_ENDPOINT, { grant_type, device_code });
    if (answer.access_token) return answer;
    if (answer.error !== "authorization_pending") throw new Error(answer.error);
  }
}
