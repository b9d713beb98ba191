// A client whose story a test tells: it sends, and it expects. One client, two codecs: the same
// story runs over `.bin` and over `.json`.
//
// Verbs that expect wait until what they expect has come, 20 s at most, and throw Surprise when
// something else came or nothing did; GoogleTest shows its words. All clients of a test share a
// Room: while one waits, the sockets of all are served.
//
// Threads: the test's.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "lab/client.h"
#include "wire/stamps.h"

namespace trunkline::tests {

using Surprise = std::runtime_error;

class Room {
 public:
  // Serves all sockets until `condition` holds; false: it does not after `patience`.
  bool wait_until(const std::function<bool()>& condition,
                  std::chrono::milliseconds patience = std::chrono::seconds(20));
  boost::asio::io_context& io() { return io_; }

 private:
  boost::asio::io_context io_{1};
};

// What a client was told, with its own strings.
struct Shown {
  wire::MessageClass message_class = wire::MessageClass::stored;
  std::string from, to, id, body;
  wire::Mseq mseq = 0;  // stored only
  std::int64_t time_ms = 0;
};
struct Welcomed {
  std::string user, device, edge, mailbox;
  wire::RankId rank = wire::kNoRank;
  wire::Mseq cursor = 0;
  wire::Storage storage = wire::Storage::disk;
};
struct Answered {  // stored
  std::string id, to;
};
struct RefusedWith {
  std::string id, to, ref, text;
  wire::Code code = wire::Code::ok;
};
struct HistoryPage {
  std::vector<Shown> messages;
  bool complete = false;
  std::string ref;
  std::size_t frames = 0;  // `.bin`: that it came in
};
struct ErrorTold {
  wire::Code code = wire::Code::ok;
  std::string text;
};

struct LoginWords {
  std::optional<std::string> password = {};  // the user's name unless given
  std::optional<wire::Mseq> cursor = {};
  std::string mailbox = {};
  lab::Mechanism mechanism = lab::Mechanism::scram;
};
struct HistoryWords {
  std::string with = {};
  std::optional<wire::Mseq> before = {};
  std::uint32_t limit = 0;
  std::string ref = "page";
};

class TestClient {
 public:
  TestClient(Room& room, std::string url, lab::Protocol protocol);
  ~TestClient();  // cuts the connection without a word

  // ---- the door
  Welcomed login(const std::string& user, const std::string& device, const LoginWords& words = {});
  // The login must fail: what it was told, and how it was closed (in closed()).
  ErrorTold login_error(const std::string& user, const std::string& device,
                        const LoginWords& words = {});
  // Only the WebSocket: what is said next is said by hand.
  void open(const std::string& origin = {});
  void read(bool on) { client_->read(on); }
  void cut() { client_.reset(); }
  bool is_open() const { return client_ != nullptr && !closed_; }

  // ---- saying
  std::string send(const std::string& to, const std::string& body);  // id: m1, m2 …
  void send_as(const std::string& id, const std::string& to, const std::string& body);
  std::string send_direct(const std::string& to, const std::string& body);
  void received(wire::Mseq mseq);
  void ask_history(const HistoryWords& words = {});
  void ping(const std::string& id);
  void bye();
  void say_frame(wire::BytesView frame) { client_->send(frame); }
  void say_raw(lab::Opcode opcode, wire::BytesView payload, bool last = true) {
    client_->send_raw(opcode, payload, last);
  }
  void say_text(std::string_view text) { say_raw(lab::Opcode::text, text); }

  // ---- expecting: each takes the oldest of its kind
  Shown next_message();
  Shown expect_message(const std::string& from, const std::string& body);
  Answered next_stored();
  void expect_stored(const std::string& id);
  RefusedWith next_refused();
  void expect_refused(const std::string& id, wire::Code code);
  HistoryPage next_page();
  HistoryPage history(const HistoryWords& words = {});
  wire::Mseq expect_trimmed();
  void expect_pong(const std::string& id);
  std::string expect_challenge();  // data
  ErrorTold next_error();
  lab::Closed expect_closed();
  // `error CODE`, then its close code.
  void expect_error(wire::Code code);
  // sends a stored message and waits for `stored` and for its own copy of it.
  wire::Mseq send_and_see(const std::string& to, const std::string& body);
  // A ping and its pong: what the edge had said before has been taken.
  void round_trip();
  // The same, and nothing of what it said is left.
  void expect_nothing_more();

  // ---- looking
  const std::deque<Shown>& messages() const { return messages_; }
  const std::deque<Answered>& stored() const { return stored_; }
  const std::deque<RefusedWith>& refusals() const { return refusals_; }
  const std::vector<std::string>& texts() const { return texts_; }  // `.json`: all, as they came
  const std::optional<Welcomed>& welcomed() const { return welcomed_; }
  const std::optional<lab::Closed>& closed() const { return closed_; }
  wire::BytesView welcome_data() const { return welcome_data_; }
  // Of the last message that had some; for the test to reset.
  std::optional<wire::StampBlock>& last_stamps() { return last_stamps_; }
  lab::Client& client() { return *client_; }
  lab::Protocol protocol() const { return protocol_; }

 private:
  void connect(lab::ClientConfig config);
  lab::ClientConfig login_config(const std::string& user, const std::string& device,
                                 const LoginWords& words) const;
  void take(const wire::FrameView& frame);
  void take_welcome(const wire::Welcome& welcome);
  void take_page(const wire::Page& page);
  template <class T>
  T next(std::deque<T>& queue, const char* what);
  std::string state() const;

  Room& room_;
  std::string url_;
  lab::Protocol protocol_;
  unsigned ids_made_ = 0, pings_made_ = 0;
  std::deque<Shown> messages_;
  std::deque<Answered> stored_;
  std::deque<RefusedWith> refusals_;
  std::deque<HistoryPage> pages_;
  std::deque<wire::Mseq> trimmed_;
  std::deque<std::string> pongs_, challenges_;
  std::deque<ErrorTold> errors_;
  HistoryPage page_;  // whose last frame has not come
  std::vector<std::string> texts_;
  std::optional<Welcomed> welcomed_;
  std::string welcome_data_;
  std::optional<wire::StampBlock> last_stamps_;
  std::optional<lab::Closed> closed_;
  bool opened_ = false;
  std::unique_ptr<lab::Client> client_;
};

}  // namespace trunkline::tests
