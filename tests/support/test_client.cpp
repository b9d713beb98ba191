#include "tests/support/test_client.h"

namespace trunkline::tests {

using wire::Kind;

bool Room::wait_until(const std::function<bool()>& condition, std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= std::chrono::nanoseconds(0)) return false;
    if (io_.stopped()) io_.restart();
    io_.run_one_for(left);
  }
  return true;
}

namespace {

Shown shown_of(wire::Mseq mseq, std::int64_t time_ms, const wire::MessageView& message) {
  return {message.message_class,
          std::string(message.from),
          std::string(message.to),
          std::string(message.id),
          std::string(message.body),
          mseq,
          time_ms};
}

}  // namespace

TestClient::TestClient(Room& room, std::string url, lab::Protocol protocol)
    : room_(room), url_(std::move(url)), protocol_(protocol) {}

TestClient::~TestClient() = default;

// ---- the door

void TestClient::connect(lab::ClientConfig config) {
  welcomed_.reset();
  closed_.reset();
  opened_ = false;
  // What an older connection said and nobody asked for is not this one's.
  messages_.clear();
  stored_.clear();
  refusals_.clear();
  pages_.clear();
  trimmed_.clear();
  pongs_.clear();
  challenges_.clear();
  errors_.clear();
  lab::ClientHandlers handlers;
  handlers.on_open = [this] { opened_ = true; };
  handlers.on_frame = [this](const wire::FrameView& frame) { take(frame); };
  handlers.on_closed = [this](const lab::Closed& how) { closed_ = how; };
  handlers.on_message = [this](lab::Opcode opcode, wire::BytesView text) {
    if (opcode == lab::Opcode::text) texts_.emplace_back(text);
  };
  client_ = std::make_unique<lab::Client>(room_.io(), std::move(config), std::move(handlers));
  client_->open();
}

lab::ClientConfig TestClient::login_config(const std::string& user, const std::string& device,
                                           const LoginWords& words) const {
  lab::ClientConfig config;
  config.url = url_;
  config.protocol = protocol_;
  config.user = user;
  config.password = words.password.value_or(user);
  config.device = device;
  config.mechanism = words.mechanism;
  config.cursor = words.cursor.value_or(wire::kNoMseq);
  config.mailbox = words.mailbox;
  return config;
}

Welcomed TestClient::login(const std::string& user, const std::string& device,
                           const LoginWords& words) {
  connect(login_config(user, device, words));
  if (!room_.wait_until([this] { return welcomed_ || closed_; }) || !welcomed_) {
    throw Surprise(user + " is not welcome at " + url_ + ": " + state());
  }
  return *welcomed_;
}

ErrorTold TestClient::login_error(const std::string& user, const std::string& device,
                                  const LoginWords& words) {
  connect(login_config(user, device, words));
  if (!room_.wait_until([this] { return welcomed_ || closed_; }) || welcomed_) {
    throw Surprise(user + " should not be welcome: " + state());
  }
  return errors_.empty() ? ErrorTold{} : next(errors_, "error");
}

void TestClient::open(const std::string& origin) {
  lab::ClientConfig config;
  config.url = url_;
  config.protocol = protocol_;
  config.origin = origin;
  config.log_in = false;
  connect(std::move(config));
  if (!room_.wait_until([this] { return opened_ || closed_; })) {
    throw Surprise("no WebSocket at " + url_);
  }
}

// ---- saying

std::string TestClient::send(const std::string& to, const std::string& body) {
  std::string id = "m" + std::to_string(++ids_made_);
  send_as(id, to, body);
  return id;
}
void TestClient::send_as(const std::string& id, const std::string& to, const std::string& body) {
  client_->send(lab::message_frame(id, to, body));
}
std::string TestClient::send_direct(const std::string& to, const std::string& body) {
  std::string id = "d" + std::to_string(++ids_made_);
  client_->send(lab::message_frame(id, to, body, wire::MessageClass::direct));
  return id;
}
void TestClient::received(wire::Mseq mseq) {
  client_->send(lab::encoded_frame(wire::ClientReceived{mseq}));
}
void TestClient::ask_history(const HistoryWords& words) {
  client_->send(lab::encoded_frame(wire::ClientHistory{
      words.with, words.before.value_or(wire::kNoMseq), words.limit, words.ref}));
}
void TestClient::ping(const std::string& id) {
  client_->send(lab::encoded_frame(wire::Ping{id}));
}
void TestClient::bye() {
  client_->send(lab::encoded_frame(wire::Bye{}));
}

// ---- taking

void TestClient::take(const wire::FrameView& frame) {
  const auto read = [&frame]<class Payload>(Payload payload) {
    const auto result = wire::payload_of<Payload>(frame);
    if (!result)
      throw Surprise("a payload that does not decode: " +
                     std::string(wire::to_string(result.error())));
    payload = *result;
    return payload;
  };
  if (!frame.stamps.empty()) {
    if (const auto stamps = wire::decode_stamps(frame.stamps)) last_stamps_ = *stamps;
  }
  switch (frame.header.kind) {
    case Kind::challenge:
      challenges_.emplace_back(read(wire::Challenge{}).data);
      return;
    case Kind::welcome:
      return take_welcome(read(wire::Welcome{}));
    case Kind::deliver: {
      const auto deliver = read(wire::Deliver{});
      messages_.push_back(shown_of(deliver.mseq, deliver.time_ms, deliver.message));
      return;
    }
    case Kind::direct: {
      const auto direct = read(wire::Direct{});
      messages_.push_back(shown_of(0, direct.time_ms, direct.message));
      return;
    }
    case Kind::client_stored: {
      const auto stored = read(wire::ClientStored{});
      stored_.push_back({std::string(stored.id), std::string(stored.to)});
      return;
    }
    case Kind::client_refused: {
      const auto refused = read(wire::ClientRefused{});
      refusals_.push_back({std::string(refused.id), std::string(refused.to),
                           std::string(refused.ref), std::string(refused.text), refused.code});
      return;
    }
    case Kind::page:
      return take_page(read(wire::Page{}));
    case Kind::trimmed:
      trimmed_.push_back(read(wire::Trimmed{}).from);
      return;
    case Kind::pong:
      pongs_.emplace_back(read(wire::Pong{}).id);
      return;
    case Kind::error: {
      const auto error = read(wire::Error{});
      errors_.push_back({error.code, std::string(error.text)});
      return;
    }
    case Kind::move:
      return;
    default:
      throw Surprise("a kind that no server sends: " +
                     std::to_string(static_cast<int>(frame.header.kind)));
  }
}

void TestClient::take_welcome(const wire::Welcome& welcome) {
  welcome_data_ = welcome.data;
  welcomed_ = {std::string(welcome.user),
               std::string(welcome.device),
               std::string(welcome.edge),
               std::string(welcome.mailbox),
               welcome.rank,
               welcome.cursor,
               welcome.storage};
}

void TestClient::take_page(const wire::Page& page) {
  wire::BytesView entries = page.entries;
  while (!entries.empty()) {
    const auto entry = wire::next_entry(entries);
    if (!entry) throw Surprise("a page entry that does not decode");
    page_.messages.push_back(shown_of(entry->mseq, entry->time_ms, entry->message));
  }
  ++page_.frames;
  if (!page.last) return;
  page_.complete = page.complete;
  page_.ref = page.ref;
  pages_.push_back(std::exchange(page_, {}));
}

// ---- expecting

std::string TestClient::state() const {
  std::string words;
  for (const ErrorTold& error : errors_) {
    words += "error " + std::string(wire::to_string(error.code)) + " (" + error.text + "); ";
  }
  for (const RefusedWith& refused : refusals_) {
    words += "refused " + refused.id + " " + std::string(wire::to_string(refused.code)) + "; ";
  }
  if (closed_) {
    words += "closed " + std::to_string(closed_->code) + " " + closed_->reason + "; ";
  }
  return words + std::to_string(messages_.size()) + " messages and " +
         std::to_string(stored_.size()) + " stored wait";
}

template <class T>
T TestClient::next(std::deque<T>& queue, const char* what) {
  room_.wait_until([&] { return !queue.empty() || closed_; });
  if (queue.empty()) throw Surprise(std::string("no ") + what + " came: " + state());
  T first = std::move(queue.front());
  queue.pop_front();
  return first;
}

Shown TestClient::next_message() {
  return next(messages_, "message");
}

Shown TestClient::expect_message(const std::string& from, const std::string& body) {
  const Shown shown = next_message();
  if (shown.from != from || shown.body != body) {
    throw Surprise("expected \"" + body.substr(0, 80) + "\" from " + from + ", was shown \"" +
                   shown.body.substr(0, 80) + "\" from " + shown.from);
  }
  return shown;
}

Answered TestClient::next_stored() {
  return next(stored_, "stored");
}

void TestClient::expect_stored(const std::string& id) {
  const Answered answered = next_stored();
  if (answered.id != id) throw Surprise("expected stored " + id + ", was told " + answered.id);
}

RefusedWith TestClient::next_refused() {
  return next(refusals_, "refused");
}

void TestClient::expect_refused(const std::string& id, wire::Code code) {
  const RefusedWith refused = next_refused();
  if (refused.id != id || refused.code != code) {
    throw Surprise("expected refused " + id + " " + std::string(wire::to_string(code)) +
                   ", was told " + refused.id + " " + std::string(wire::to_string(refused.code)));
  }
}

HistoryPage TestClient::next_page() {
  return next(pages_, "history");
}

HistoryPage TestClient::history(const HistoryWords& words) {
  ask_history(words);
  HistoryPage page = next_page();
  if (page.ref != words.ref) throw Surprise("a history with another ref: " + page.ref);
  return page;
}

wire::Mseq TestClient::expect_trimmed() {
  return next(trimmed_, "trimmed");
}

void TestClient::expect_pong(const std::string& id) {
  const std::string pong = next(pongs_, "pong");
  if (pong != id) throw Surprise("expected pong " + id + ", was told " + pong);
}

std::string TestClient::expect_challenge() {
  return next(challenges_, "challenge");
}

ErrorTold TestClient::next_error() {
  return next(errors_, "error");
}

lab::Closed TestClient::expect_closed() {
  if (!room_.wait_until([this] { return closed_.has_value(); })) {
    throw Surprise("the connection is still open: " + state());
  }
  return *closed_;
}

void TestClient::expect_error(wire::Code code) {
  const ErrorTold error = next_error();
  const lab::Closed closed = expect_closed();
  if (error.code != code || closed.code != wire::close_code_of(code)) {
    throw Surprise("expected error " + std::string(wire::to_string(code)) + " and close " +
                   std::to_string(wire::close_code_of(code)) + ", was told " +
                   std::string(wire::to_string(error.code)) + " (" + error.text + ") and " +
                   std::to_string(closed.code));
  }
}

wire::Mseq TestClient::send_and_see(const std::string& to, const std::string& body) {
  const std::string id = send(to, body);
  expect_stored(id);
  const Shown own = next_message();
  if (own.id != id) throw Surprise("expected its own copy of " + id + ", was shown " + own.id);
  return own.mseq;
}

void TestClient::round_trip() {
  const std::string id = "trip" + std::to_string(++pings_made_);
  ping(id);
  expect_pong(id);
}

void TestClient::expect_nothing_more() {
  round_trip();
  if (!messages_.empty() || !stored_.empty() || !refusals_.empty() || !errors_.empty()) {
    throw Surprise("nothing more was expected: " + state());
  }
}

}  // namespace trunkline::tests
