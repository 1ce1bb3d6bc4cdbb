import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { Button } from '../../shared/Button';
import type { Call } from '../call/call';
import { beginningOf, type ChatMessage, LONG_TEXT, LONGEST_TEXT, partsOf } from '../model/chat';

/** Messages, and a place to write one. */
export function ChatPanel({ call, onClose }: { call: Call; onClose: () => void }) {
  const { messages } = call.chat.value;
  const list = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  useLayoutEffect(() => {
    // Whoever reads further up is not pulled away.
    if (list.current && isAtEnd.current) list.current.scrollTop = list.current.scrollHeight;
  }, [messages]);
  return (
    <aside class="panel" aria-label="Chat">
      <header>
        <h2>Chat</h2>
        <Button kind="bare" icon="close" label="Close chat" onClick={onClose} />
      </header>
      {/* What comes is announced by the page, also while this is closed. */}
      <div
        ref={list}
        class="messages"
        role="log"
        aria-live="off"
        aria-label="Messages"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          isAtEnd.current = scrollHeight - scrollTop - clientHeight < 24;
        }}
      >
        {messages.length === 0 && (
          <p class="quiet small empty">Messages are seen by everybody who is here now, and kept nowhere.</p>
        )}
        {messages.map((message) => (
          <Message key={message.id} message={message} />
        ))}
      </div>
      <Composer call={call} />
    </aside>
  );
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

function Message({ message }: { message: ChatMessage }) {
  const isWhole = useSignal(message.text.length <= LONG_TEXT);
  const { from, isOwn, text, atMs } = message;
  return (
    <article class={`message ${isOwn ? 'own' : ''}`}>
      <p class="small quiet">
        <strong>{isOwn ? 'You' : from}</strong> <time dateTime={new Date(atMs).toISOString()}>{TIME.format(atMs)}</time>
      </p>
      <p class="text">
        {partsOf(isWhole.value ? text : `${beginningOf(text)} …`).map((part, index) =>
          part.href ? (
            <a key={index} href={part.href} target="_blank" rel="noopener noreferrer nofollow">
              {part.text}
            </a>
          ) : (
            part.text
          ),
        )}
      </p>
      {!isWhole.value && (
        <Button
          kind="bare"
          onClick={() => {
            isWhole.value = true;
          }}
        >
          Show all
        </Button>
      )}
    </article>
  );
}

function Composer({ call }: { call: Call }) {
  const text = useSignal('');
  const isSending = useSignal(false);
  const fault = useSignal('');
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => area.current?.focus(), []);
  const send = async () => {
    const message = text.value.trim();
    if (message === '' || isSending.value) return;
    isSending.value = true;
    fault.value = '';
    try {
      await call.say(message);
      text.value = '';
    } catch {
      fault.value = 'The message was not sent. Try again when you are connected.';
    }
    isSending.value = false;
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <label class="unseen" for="message">
        Message
      </label>
      <textarea
        ref={area}
        id="message"
        class="input"
        rows={2}
        maxLength={LONGEST_TEXT}
        placeholder="Write to everybody"
        aria-describedby="message-fault"
        value={text.value}
        onInput={({ currentTarget }) => {
          text.value = currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          void send();
        }}
      />
      <Button kind="primary" type="submit" icon="send" label="Send" busy={isSending.value} />
      <p id="message-fault" class="fault small" role="alert">
        {fault.value}
      </p>
    </form>
  );
}
