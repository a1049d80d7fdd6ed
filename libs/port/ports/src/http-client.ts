/** An answer whose headers are there and whose body is still to be read. */
export interface HttpResponse {
  status: number;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
  /** The decoded bytes; leaving the loop early gives the connection up. */
  body: AsyncIterable<Uint8Array>;
}

/**
 * Reads what lies at an address. Redirects are answers, not followed. A connection that fails or exceeds `timeoutMs`, also
 * within the body, is a TransientError; a body of more than `maxBytes` is a TerminalError at the read that exceeds them.
 */
export interface HttpClient {
  get(url: string, headers: Readonly<Record<string, string>>, bounds: { timeoutMs: number; maxBytes: number }): Promise<HttpResponse>;
}
