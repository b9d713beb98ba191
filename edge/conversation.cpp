#include "edge/conversation.h"

#include "edge/bin_codec.h"
#include "edge/loop.h"
#include "wire/check.h"
#include "wire/trace.h"

namespace trunkline::edge {

using wire::Bytes;
using wire::BytesView;
using wire::Code;
using wire::Kind;

namespace {

// Unknown user and wrong password alike.
constexpr std::string_view kNotAuthorized = "the user name or the password is wrong";
// Close codes of RFC 6455 section 7.4.1 that stand for no code of ours.
constexpr std::uint16_t kNormalClose = 1000, kCannotAccept = 1003;
constexpr std::int64_t kSlowConsumerPatienceUs = 1'000'000;

}  // namespace

struct Conversation::Login {
  Mechanism mechanism = Mechanism::scram_sha_256;
  Bytes user, password, first_message, device, mailbox;
  wire::Mseq cursor = wire::kNoMseq;
  std::optional<VerifierCopy> verifier;
  std::unique_ptr<ScramServer> scram;
};

Conversation::Conversation(Loop& loop, Connection& connection, Protocol protocol)
    : loop_(loop), connection_(connection), protocol_(protocol) {}
Conversation::~Conversation() = default;

bool Conversation::is_before_login() const {
  return state_ != State::live && state_ != State::ended && state_ != State::attaching;
}

// ---- in

void Conversation::on_message(char* bytes, std::size_t size) {
  if (state_ == State::ended) return;
  ++loop_.counters().messages_in;
  loop_.counters().bytes_in += size;
  if (protocol_ == Protocol::echo) return connection_.echo({bytes, size});
  protocol_ == Protocol::json ? on_text({bytes, size}) : on_frames(bytes, size);
}

void Conversation::on_text(std::string_view text) {
  const auto refusal = loop_.json().read(text, loop_.frame_buffer);
  if (refusal) return fail(refusal->code, refusal->text);
  const auto frame = wire::decode(loop_.frame_buffer, kClientFrameBytesMax);
  TRUNKLINE_CHECK(frame, "the reader makes frames");
  take(*frame, text.size());
}

void Conversation::on_frames(char* bytes, std::size_t size) {
  BytesView left(bytes, size);
  do {
    char* const frame_bytes = bytes + (size - left.size());
    const ClientFrame frame = next_client_frame(left);
    if (!frame.refusal.empty()) return fail(Code::bad_request, frame.refusal);
    if (!frame.view.has(wire::kTraced)) {
      take(frame.view, frame.view.whole.size());
    } else {
      take_traced(frame_bytes, frame.view);
    }
  } while (!left.empty() && state_ != State::ended);
}

void Conversation::take_traced(char* bytes, const wire::FrameView& frame) {
  wire::TraceRing& traced = loop_.traced();
  wire::mark_frame(bytes, wire::Stamp::edge_in, traced);
  const std::uint64_t id = traced.on() ? wire::trace_id(frame.stamps) : 0;
  take(frame, frame.whole.size());
  traced.add(id, wire::Stage::edge_decided);
}

void Conversation::on_wrong_kind() {
  if (state_ == State::ended) return;
  ++loop_.counters().websockets_failed;
  close(kCannotAccept, loop_.config().times.close_us);
  tell_gateway();
}

void Conversation::take(const wire::FrameView& frame, std::size_t size) {
  const Kind kind = frame.header.kind;
  const bool is_login = kind == Kind::auth || kind == Kind::response;
  if (state_ == State::live) {
    if (is_login) return fail(Code::bad_request, "you are logged in already");
    // A message that is too large is refused; anything else of that size is no operation.
    if (size > wire::kFrameBytesMax && kind != Kind::send && kind != Kind::direct) {
      return fail(Code::bad_request, "larger than 64 KiB");
    }
    return loop_.step(FromClient{connection_.id(), frame, size});
  }
  if (kind == Kind::bye) return fail(Code::ok, {});
  if (state_ == State::stranger && kind == Kind::auth) return take_auth(frame);
  if (state_ == State::challenged && kind == Kind::response) return take_response(frame);
  if (is_login) return fail(Code::bad_request, "this is not what comes next in a login");
  fail(Code::not_logged_in, "log in first");
}

// ---- login

void Conversation::take_auth(const wire::FrameView& frame) {
  const auto auth = wire::payload_of<wire::Auth>(frame);
  TRUNKLINE_CHECK(auth, "client frames are checked when they are read");
  const auto mechanism = mechanism_of(auth->mechanism);
  const bool fits = mechanism && (*mechanism != Mechanism::plain || loop_.may_use_plain()) &&
                    (*mechanism != Mechanism::scram_sha_256_plus ||
                     (loop_.sasl().has_plus() && !connection_.channel_binding().empty()));
  if (!fits) return fail(Code::bad_mechanism, "this mechanism is not available here");
  Identity identity = identity_of(*mechanism, auth->data);
  if (identity.code == Code::bad_encoding) {
    return fail(Code::bad_encoding, "\"data\" is no first message of this mechanism");
  }
  if (identity.code != Code::ok) return refuse_login();
  if (is_throttled(identity.user)) return;
  login_ = std::make_unique<Login>();
  login_->mechanism = *mechanism;
  login_->user = std::move(identity.user);
  login_->password = std::move(identity.password);
  if (*mechanism != Mechanism::plain) login_->first_message = auth->data;
  login_->device = auth->device;
  login_->mailbox = auth->mailbox;
  login_->cursor = auth->cursor;
  state_ = State::verifying;
  known_to_gateway_ = true;
  connection_.read(false);  // what the client sends ahead waits in its socket
  loop_.step(VerifierAsked{connection_.id(), login_->user});
}

void Conversation::on_verifier(const wire::VerifierIs& verifier) {
  if (state_ != State::verifying) return;
  login_->verifier.emplace(verifier);
  if (login_->mechanism == Mechanism::plain) return check_password();
  login_->scram = std::make_unique<ScramServer>(loop_.sasl(), login_->mechanism, *login_->verifier,
                                                connection_.channel_binding());
  connection_.read(true);
  step_scram(login_->first_message);
}

void Conversation::take_response(const wire::FrameView& frame) {
  const auto response = wire::payload_of<wire::Response>(frame);
  TRUNKLINE_CHECK(response, "client frames are checked when they are read");
  step_scram(response->data);
}

void Conversation::step_scram(BytesView in) {
  Bytes out;
  switch (login_->scram->step(in, out)) {
    case ScramServer::Step::challenge:
      state_ = State::challenged;
      return tell(wire::encoded({}, wire::Challenge{out}), 0);
    case ScramServer::Step::done:
      return on_logged_in(out);
    case ScramServer::Step::refused:
      return refuse_login();
  }
}

void Conversation::check_password() {
  state_ = State::checking;
  auto verdict = [weak = connection_.weak_from_this()](bool right) {
    const auto connection = weak.lock();
    if (connection != nullptr && connection->conversation() != nullptr) {
      connection->conversation()->on_verdict(right);
    }
  };
  if (!loop_.shared().passwords().check(std::move(login_->password), *login_->verifier,
                                        loop_.return_path(), std::move(verdict))) {
    ++loop_.counters().logins_throttled;
    fail(Code::throttled, "too many logins at once; try again later");
  }
}

void Conversation::on_verdict(bool right) {
  if (state_ != State::checking) return;
  if (right) return on_logged_in({});
  refuse_login();
}

// Asked again when the verdict is known: of many guesses that began together, no more than a few
// are told whether they were right.
bool Conversation::is_throttled(BytesView user) {
  if (loop_.shared().may_try(connection_.address(), user, loop_.now_us())) return false;
  ++loop_.counters().logins_throttled;
  fail(Code::throttled, "too many failed logins; try again later");
  return true;
}

void Conversation::on_logged_in(BytesView sasl_data) {
  if (is_throttled(login_->user)) return;
  ++loop_.counters().logins;
  state_ = State::attaching;
  connection_.read(false);
  const auto login = std::move(login_);
  loop_.step(LoggedIn{connection_.id(), login->user, login->device, login->cursor, login->mailbox,
                      login->verifier->auth_version, sasl_data});
}

void Conversation::refuse_login() {
  if (login_ != nullptr) {
    if (is_throttled(login_->user)) return;
    loop_.shared().login_failed(connection_.address(), login_->user, loop_.now_us());
  }
  ++loop_.counters().logins_failed;
  fail(Code::not_authorized, kNotAuthorized);
}

// ---- out

void Conversation::deliver(BytesView frame) {
  if (state_ == State::ended) return;
  if (state_ == State::attaching && static_cast<Kind>(frame[9]) == Kind::welcome) {
    state_ = State::live;
    connection_.trust();
    connection_.read(true);
  }
  tell(frame, frame.size());
}

void Conversation::tell(BytesView frame, std::size_t frame_bytes) {
  ++loop_.counters().messages_out;
  if (protocol_ == Protocol::bin) {
    const auto flags = wire::load_le<std::uint16_t>(frame.data() + 10);
    if ((flags & wire::kTraced) != 0) return tell_traced(frame, frame_bytes, flags);
    return connection_.gather(frame, frame_bytes);
  }
  Bytes& out = loop_.text_buffer;
  const auto view = wire::decode(frame);
  out.clear();
  const bool known = view && append_json(out, *view, page_);
  TRUNKLINE_CHECK(known, "the gateway gives frames that clients know");
  connection_.write(out, frame_bytes);
}

void Conversation::tell_traced(BytesView frame, std::size_t frame_bytes, std::uint16_t flags) {
  Bytes& out = loop_.text_buffer;
  out.assign(frame);
  wire::mark_frame(out.data(), wire::Stamp::edge_write, loop_.traced());
  connection_.gather(out, frame_bytes);
  if (!loop_.traced().on()) return;
  connection_.trace(wire::trace_id(frame.substr(frame.size() - wire::trace_bytes(flags))));
}

// ---- end

void Conversation::fail(Code code, std::string_view text) {
  if (state_ == State::ended) return;
  end(code, text);
  tell_gateway();
}

void Conversation::send_away(Code code, BytesView urls) {
  if (state_ == State::ended) return;
  if (!urls.empty() && protocol_ != Protocol::echo) tell(wire::encoded({}, wire::Move{urls}), 0);
  fail(code, "this edge is ending");
}

void Conversation::lost() {
  if (state_ == State::ended) return;
  state_ = State::ended;
  tell_gateway();
}

void Conversation::tell_gateway() {
  if (known_to_gateway_) loop_.step(SocketClosed{connection_.id()});
}

void Conversation::end(Code code, std::string_view text) {
  if (state_ == State::ended) return;
  if (code != Code::ok) {
    ++loop_.counters().errors[static_cast<std::uint8_t>(code)];
    if (protocol_ != Protocol::echo) tell(wire::encoded({}, wire::Error{code, text}), 0);
  }
  close(code == Code::ok ? kNormalClose : wire::close_code_of(code),
        code == Code::slow_consumer ? kSlowConsumerPatienceUs : loop_.config().times.close_us);
}

void Conversation::close(std::uint16_t code, std::int64_t patience_us) {
  state_ = State::ended;
  login_.reset();
  connection_.close(code, patience_us);
}

}  // namespace trunkline::edge
