// A small client of the Janus protocol (docs/protocol.md): one WebSocket, one session in it, handles in that.

/** The server gives a session up after 60 s without a frame. */
const KEEPALIVE_MS = 15_000;
const ANSWER_LIMIT_MS = 10_000;

/** Why a request, or a whole session, came to nothing; `status` is the server's number for it, if it gave one. */
export class JanusError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

export class Session {
  /** Called with `{ code, status }` when the session ends without having been closed from here. */
  onend = () => {};

  #socket;
  #token;
  #id;
  #status;
  #keepalive;
  #waiting = new Map();
  #listeners = new Map();

  /** Opens a session in the room that the URL names. */
  static async open(url, token) {
    const session = new Session();
    session.#token = token;
    await session.#connect(url);
    const { data } = await session.#request({ janus: 'create' });
    session.#id = data.id;
    session.#keepalive = setInterval(() => session.#send({ janus: 'keepalive' }), KEEPALIVE_MS);
    return session;
  }

  /** Every frame carries this token from now on; the first one goes out at once. */
  useToken(token) {
    this.#token = token;
    this.#send({ janus: 'keepalive' });
  }

  /** A handle on one of the server's plugins; `onpush` is called with the data of each push to it. */
  async attach(plugin, onpush = () => {}) {
    const { data } = await this.#request({ janus: 'attach', plugin: `janus.plugin.${plugin}` });
    const handle_id = data.id;
    this.#listeners.set(handle_id, onpush);
    return {
      /** Asks the plugin for something; resolves with its answer, and the answer's `jsep`. */
      ask: async (body, jsep) => {
        const { plugindata, jsep: answer } = await this.#request({ janus: 'message', handle_id, body, jsep });
        const { error, error_code } = plugindata.data;
        if (error_code) throw new JanusError(error, error_code);
        return { ...plugindata.data, jsep: answer };
      },
      detach: () => {
        this.#listeners.delete(handle_id);
        this.#send({ janus: 'detach', handle_id });
      },
    };
  }

  close() {
    this.onend = () => {};
    this.#send({ janus: 'destroy' });
    this.#socket.close(1000);
  }

  #connect(url) {
    this.#socket = new WebSocket(url, 'janus-protocol');
    this.#socket.onmessage = ({ data }) => this.#take(JSON.parse(data));
    this.#socket.onclose = ({ code }) => this.#ended(code);
    return new Promise((resolve, reject) => {
      this.#socket.onopen = resolve;
      this.#socket.onerror = () => reject(new JanusError('The server cannot be reached'));
    });
  }

  #send(members) {
    const transaction = crypto.getRandomValues(new Uint32Array(3)).join('-');
    const frame = { ...members, transaction, session_id: this.#id, client_token: this.#token };
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
    return transaction;
  }

  /** Resolves with the frame that answers. */
  #request(members) {
    return new Promise((resolve, reject) => {
      const transaction = this.#send(members);
      const settle = (how) => (what) => {
        clearTimeout(timer);
        this.#waiting.delete(transaction);
        how(what);
      };
      const fail = settle(reject);
      const timer = setTimeout(() => fail(new JanusError('The server does not answer')), ANSWER_LIMIT_MS);
      this.#waiting.set(transaction, { done: settle(resolve), fail });
    });
  }

  #take(frame) {
    if (frame.status_code) this.#status = frame.status_code;
    const asked = this.#waiting.get(frame.transaction);
    if (frame.janus === 'error') asked?.fail(new JanusError(frame.error.reason, frame.error.code));
    else if (asked && frame.janus !== 'ack') asked.done(frame);
    else if (frame.plugindata) this.#listeners.get(frame.sender)?.(frame.plugindata.data);
  }

  #ended(code) {
    clearInterval(this.#keepalive);
    const error = new JanusError('The connection was closed', this.#status);
    for (const { fail } of [...this.#waiting.values()]) fail(error);
    if (this.#id !== undefined) this.onend({ code, status: this.#status });
  }
}
