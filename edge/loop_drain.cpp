// How an edge loop sends its clients away: for good (stop), or until it is told otherwise (drain).
#include "edge/log.h"
#include "edge/loop.h"

namespace trunkline::edge {

void Loop::stop(std::function<void()> done) {
  stopped_ = std::move(done);
  stopping_ = true;
  begin_turn();
  stop_deadline_us_ = now_.mono_us + config_.times.drain_us;
  listener_.reset();
  wire::Bytes urls = leaving_urls_;
  for (const std::string& url : config_.move_urls) {
    if (!urls.empty()) urls.push_back('\n');
    urls.append(url);
  }
  leave(urls.empty() ? wire::Code::shutdown : wire::Code::draining, urls);
  step(DrainAsked{leaving_urls_, leaving_code_});
}

void Loop::drain(const wire::Bytes& urls, double rate) {
  if (stopping_) return;
  leave(wire::Code::draining, urls);
  step(DrainAsked{leaving_urls_, leaving_code_, rate});
}

void Loop::undrain() {
  if (!leaving_ || stopping_) return;
  leaving_ = drained_ = false;
  leaving_urls_.clear();
  step(DrainCancelled{});
}

void Loop::leave(wire::Code code, const wire::Bytes& urls) {
  leaving_ = true;
  leaving_code_ = code;
  leaving_urls_ = urls;
  close_strangers();
}

// Those that the gateway does not know of, or not as logged in. Before an edge ends also those that
// may only ask for its health.
void Loop::close_strangers() {
  std::vector<std::shared_ptr<Connection>> strangers;
  for (const auto& [id, connection] : connections_) {
    Conversation* conversation = connection->conversation();
    const bool is_stranger = conversation == nullptr ? stopping_ : conversation->is_before_login();
    if (is_stranger) strangers.push_back(connection);
  }
  for (const auto& connection : strangers) {
    if (connection->conversation() == nullptr) {
      connection->cut();
    } else {
      send_away(*connection->conversation());
    }
  }
}

void Loop::send_away(Conversation& conversation) {
  conversation.send_away(leaving_code_, leaving_urls_);
}

void Loop::finish_if_drained() {
  if (!stopping_ || !stopped_) return;
  const bool late = now_.mono_us >= stop_deadline_us_;
  if (!late && !(drained_ && connections_.empty())) return;
  const auto done = std::exchange(stopped_, nullptr);
  abandon();
  done();
}

void Loop::abandon() {
  abandoned_ = true;
  listener_.reset();
  return_path_->close();
  for (const auto& [id, connection] : connections_) {
    shared_->left(connection->address());
    connection->abandon();
  }
  connections_.clear();
  unflushed_.clear();
  timer_.cancel();
  port_.close();
}

}  // namespace trunkline::edge
