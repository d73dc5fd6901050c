/** What a server answers: a status and a JSON body. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The part of an authorization server that decides; {@link startServer} puts it on a socket. */
export interface TestAuthorizationServer extends AsyncDisposable {
  requestDeviceCode(): Promise<Answer>;
  /** The person says yes. */
  approve(userCode: string): Promise<void>;
  token(form: URLSearchParams): Promise<Answer>;
  /** Whether the API would take this access token now. */
  accepts(accessToken: string): Promise<boolean>;
}
