// What a service is handed that may put the hub's signature under something (JWS).

export interface Signer {
  /** A compact JWS over a JSON object, with the key's id and this `typ` in its header. Errors: CONFIG_INVALID without a key. */
  sign(payload: object, type: string): Promise<string>;
}
