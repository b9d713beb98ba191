// A small cluster in one thread for tests that read as stories: real routers over real memory
// stores, edges that are a few lines each, time that moves when the test says so. Nothing is lost
// and nothing is late unless a test makes it so.
//
//   Story story(2);
//   Client& bob = story.edge(1).client(story.user_at(0), "desk");
//   bob.attach();
//   EXPECT_EQ(bob.heard(), "attached at 0");
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "persistence/memory_store.h"
#include "routing/router.h"

namespace trunkline::routing {

class Story;
class Edge;

// One session of a device at an edge.
class Client {
 public:
  Client(Edge& edge, wire::SessionId id, wire::Bytes user, wire::Bytes device)
      : edge_(edge), id_(id), user_(std::move(user)), device_(std::move(device)) {}

  // A verb sends its frame; what comes of it is there when the story has settled (heard() does).
  void attach(wire::Mseq resume = wire::kNoMseq, wire::BytesView mailbox = {});
  void reattach(wire::Mseq resume);  // with the sepoch that it has
  void detach();
  wire::Tag send(wire::BytesView to, wire::BytesView id, wire::BytesView body = "hello");
  void resend(wire::Tag tag, wire::BytesView to, wire::BytesView id,
              wire::BytesView body = "hello");
  void direct(wire::BytesView to, wire::BytesView id, wire::BytesView body = "hi");
  void taken(wire::Mseq mseq);
  void received(wire::Mseq mseq);
  void history(wire::BytesView with, wire::Mseq before, std::uint32_t limit);
  void verify(wire::BytesView user);

  // What the session was told since the last call, in words, separated by commas: "stored 1",
  // "refused 2 quota", "1 from alice: hello" (a DELIVER), "attached at 0" …
  std::string heard();

  // TAKEN goes out by itself for what is delivered; false: only as the test says.
  bool takes = true;
  std::uint64_t auth_version = 1;
  wire::Sepoch sepoch = 0;
  const wire::Bytes& user() const { return user_; }
  wire::Address address() const;
  wire::VerifierIs verifier() const;  // of the last "verifier"; views into this client

 private:
  friend class Edge;
  void take(const wire::FrameView& frame);
  template <class Payload>
  void say(wire::BytesView home_of, const Payload& payload);

  Edge& edge_;
  wire::SessionId id_;
  wire::Bytes user_, device_;
  wire::Tag last_tag_ = 0;
  std::vector<std::string> heard_;
  wire::Bytes verifier_frame_;
};

// One edge thread with its port.
class Edge {
 public:
  Edge(Story& story, wire::RankId rank, std::string name)
      : story_(story), rank_(rank), name_(name) {}

  // A new incarnation (a new ZeroMQ socket), and HELLO. Sessions keep their numbers.
  void hello();
  // The next sessions' client. REQUIRES: hello() was said, and answered.
  Client& client(wire::BytesView user, wire::BytesView device);

  // What it says next goes as one batch.
  void flush();
  // The batch that would go next never arrives.
  void lose_batch();
  // A batch as it is, numbered as the next one or as given.
  void send_raw(wire::Bytes frames_of_batch);
  template <class Payload>
  void say(const wire::FrameHeader& header, const Payload& payload) {
    out_.add(header, payload);
  }
  // Looks at nothing any more but HELLO_OK and RESET.
  void turn_deaf() { deaf_ = true; }
  void stop_confirming() { confirms_ = false; }
  // One beat, which confirms what was taken.
  void beat();

  bool is_reset() const { return reset_; }  // the rank has said RESET to this incarnation
  std::size_t beats() const { return beats_; }
  std::size_t batches_in() const { return batches_in_; }
  // Texts of ADMIN_IS frames, since the last call.
  std::string admin_text() { return std::exchange(admin_text_, {}); }
  const wire::Bytes& peer() const { return peer_; }
  wire::RankId rank() const { return rank_; }
  wire::PortId port() const { return port_; }
  Story& story() { return story_; }
  void take(wire::BytesView batch);

 private:
  friend class Client;
  wire::BatchHeader header();

  Story& story_;
  wire::RankId rank_;
  wire::Bytes name_, peer_;
  wire::Incarnation incarnation_ = 0;
  wire::PortId port_ = 0;
  wire::Epoch epoch_ = 0;
  std::uint64_t sent_ = 0, taken_ = 0;
  std::uint64_t skip_ = 0;
  wire::BatchBuilder out_;
  bool reset_ = false, deaf_ = false, confirms_ = true;
  std::size_t beats_ = 0, batches_in_ = 0;
  std::string admin_text_;
  wire::SessionId last_session_ = 0;
  std::map<wire::SessionId, std::unique_ptr<Client>> clients_;
};

// One rank process: its disk, and, while it lives, its store and router.
struct RankEnd {
  std::unique_ptr<persistence::MemoryDisk> disk;
  std::unique_ptr<persistence::MemoryStore> store;
  std::unique_ptr<Router> router;
  Effects effects;  // of the last turn
  bool holds_commits = false;
  bool holds_loads = false;
  std::vector<wire::Load> held_loads;
  std::vector<wire::RankId> rings;  // since the last look
  std::string admin_text;           // of ADMIN_IS to its admin socket
  std::vector<ReportAsked> reports;
};

class Story {
 public:
  struct Options {
    std::function<void(RouterConfig&)> tune = [](RouterConfig&) {};
    std::uint64_t retention_records = wire::kRetentionRecords;
  };
  explicit Story(std::size_t ranks = 1) : Story(ranks, Options{}) {}
  Story(std::size_t ranks, Options options);
  ~Story();

  // A user whose home is `rank`; each `number` is another one. The account exists.
  wire::Bytes user_at(wire::RankId rank, int number = 0);
  // An edge that has said HELLO and was answered; the same one for the same name.
  Edge& edge(wire::RankId rank, const std::string& name = "edge1");

  // Turns until nothing moves at this instant of time.
  void settle();
  // One turn of one rank: what is there is taken, and effects happen.
  void turn(wire::RankId rank);
  // Time passes; ranks turn when they said they would.
  void advance(std::int64_t us);
  // Time passes and nobody turns: the processes were stopped.
  void sleep(std::int64_t us) { now_.mono_us += us; }

  void hold_commits(wire::RankId rank) { ranks_[rank].holds_commits = true; }
  // Commits what is queued, and goes on committing.
  void let_commit(wire::RankId rank);
  void set_full(wire::RankId rank, bool full);
  void hold_loads(wire::RankId rank) { ranks_[rank].holds_loads = true; }
  // Answers reads that were held, newest first, and goes on answering.
  void let_load(wire::RankId rank);
  void retain(wire::RankId rank);
  // kill -9 of the job, and its next life; edges learn nothing but silence.
  void restart();

  // Batches between ranks stay on their way.
  void hold_link(wire::RankId from, wire::RankId to) { held_links_.insert({from, to}); }
  void let_link(wire::RankId from, wire::RankId to) { held_links_.erase({from, to}); }

  // Says `verb` at the admin socket of `rank`; the text of the answer, "refused: " before why not.
  std::string admin(wire::RankId rank, wire::AdminVerb verb, wire::BytesView user = {},
                    wire::BytesView argument = {}, wire::RankId target = wire::kNoRank);
  void step(wire::RankId rank, decltype(Event::what) what);

  RankEnd& rank(wire::RankId rank) { return ranks_[rank]; }
  const RouterCounters& counters(wire::RankId rank) { return ranks_[rank].router->counters(); }
  wire::Now now() const { return now_; }
  void set_wall(std::int64_t wall_ms) { wall_offset_ms_ = wall_ms - now_.mono_us / 1000; }
  wire::Bytes account(wire::BytesView user, wire::BytesView mailbox = "1") const;

  // Committed messages of a user as "1 alice>bob hello", from the disk.
  std::vector<std::string> log_of(wire::RankId rank, wire::BytesView user) const;
  std::size_t records_in_log(wire::RankId rank, wire::RecordType type) const;

 private:
  friend class Edge;
  void start(wire::RankId rank);
  bool act(wire::RankId rank);  // carries out the effects; true: something may have moved
  bool take_store(wire::RankId rank);

  Options options_;
  wire::Epoch epoch_ = 1;
  wire::Now now_{1'000'000, 1'700'000'000'000};
  std::int64_t wall_offset_ms_ = 1'700'000'000'000;
  std::vector<RankEnd> ranks_;
  std::map<std::string, std::unique_ptr<Edge>> edges_;
  std::map<wire::Bytes, Edge*> by_peer_;
  std::map<std::pair<wire::RankId, wire::RankId>, std::deque<wire::Bytes>> links_;
  std::set<std::pair<wire::RankId, wire::RankId>> held_links_;
  std::map<wire::RankId, std::deque<std::pair<wire::Bytes, wire::Bytes>>> to_ranks_;
  wire::Incarnation last_incarnation_ = 0;
};

}  // namespace trunkline::routing
