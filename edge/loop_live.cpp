// What an edge loop does for the live page: it asks the ranks while somebody looks, and only then.
#include "edge/loop.h"
#include "wire/live.h"

namespace trunkline::edge {

bool Loop::shows_live_page() const {
  const bool is_local = !config_.socket_path.empty() || is_loopback(config_.address);
  return config_.live_page.value_or(is_local);
}

void Loop::look_live(Connection& connection) {
  const auto looked = shared_->live().look(now_us(), gateway_.rank());
  if (!looked.admitted) {
    ++counters_.live_refused;
    return connection.answer(503, "text/plain", "too many look at the live page; try again\n");
  }
  ++counters_.live_looks;
  live_waiting_.push_back(connection.id());
  ask_live(looked.ask);
  if (!looked.ask.empty()) ask_turn();
  if (shared_->live().is_ready()) show_live();
}

void Loop::ask_live(const std::vector<wire::RankId>& ranks) {
  for (const wire::RankId rank : ranks) {
    const wire::SessionId number = ++last_id_;
    live_questions_[number] = {rank, 0, {}};
    ++counters_.live_asks;
    step(AdminAsked{number, wire::AdminVerb::metrics, rank, wire::kAskLive});
  }
}

// How far the rank of the port is: it answers this one in the turn that takes it, and tells of
// itself in the next.
void Loop::ask_turn() {
  const wire::SessionId number = ++last_id_;
  live_questions_[number] = {wire::kNoRank, now_us(), {}};
  ++counters_.live_asks;
  step(AdminAsked{number, wire::AdminVerb::metrics, wire::kNoRank, wire::kAskTurn});
}

// Whether it answers a question of the live page.
bool Loop::take_live(const AdminAnswered& answer) {
  const auto found = live_questions_.find(answer.session);
  if (found == live_questions_.end()) return false;
  LiveQuestion& question = found->second;
  if (answer.done) question.text.append(answer.text);
  if (!answer.last) return true;
  const LiveQuestion whole = std::move(question);
  live_questions_.erase(found);
  LiveBoard& board = shared_->live();
  if (whole.asked_us != 0) {
    if (answer.done) board.reached(now_us() - whole.asked_us);
    return true;
  }
  ask_live(board.take(whole.rank, whole.text, now_us()));
  if (board.is_ready()) shared_->on_every_loop([](Loop& loop) { loop.show_live(); });
  return true;
}

void Loop::show_live() {
  const std::vector<wire::SessionId> waiting = std::exchange(live_waiting_, {});
  if (waiting.empty()) return;
  const LiveSnapshot snapshot = live_snapshot();
  for (const wire::SessionId id : waiting) {
    const auto found = connections_.find(id);
    if (found != connections_.end()) found->second->show_live(snapshot);
  }
}

}  // namespace trunkline::edge
