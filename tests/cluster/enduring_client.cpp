#include "tests/cluster/enduring_client.h"

#include <boost/asio/post.hpp>

namespace trunkline::tests {
namespace {

constexpr std::chrono::milliseconds kReconnectMs{100};

}  // namespace

EnduringClient::EnduringClient(boost::asio::io_context& io, lab::ClientConfig config,
                               std::string partner, const std::string& ledger)
    : io_(io),
      config_(std::move(config)),
      partner_(std::move(partner)),
      ledger_(ledger),
      again_(io) {
  const Remembered before = remember(ledger);
  for (const std::string& id : before.unanswered) keep(id);
  config_.mailbox = before.mailbox;
  cursor_ = before.cursor;
  next_id_ = before.sent + 1;
  stored_ = before.stored;
}

void EnduringClient::open() {
  config_.cursor = cursor_;
  lab::ClientHandlers handlers;
  handlers.on_frame = [this](const wire::FrameView& frame) { on_frame(frame); };
  handlers.on_closed = [this](const lab::Closed&) { on_closed(); };
  client_.emplace(io_, config_, handlers);
  client_->open();
}

void EnduringClient::leave() {
  again_.cancel();
  client_.reset();
}

void EnduringClient::keep(const std::string& id) {
  outbox_.push_back({id, lab::message_frame(id, partner_, "hello")});
}

void EnduringClient::send() {
  const std::string id = "m" + std::to_string(next_id_++);
  ledger_.sent(id);
  keep(id);
  if (welcomed()) client_->send(outbox_.back().frame);
}

void EnduringClient::on_frame(const wire::FrameView& frame) {
  if (const auto welcome = wire::payload_of<wire::Welcome>(frame)) {
    if (config_.mailbox != welcome->mailbox) {
      config_.mailbox = welcome->mailbox;
      ledger_.mailbox(config_.mailbox);
    }
    resend();
  } else if (const auto stored = wire::payload_of<wire::ClientStored>(frame)) {
    ledger_.stored(stored->id);
    ++stored_;
    std::erase_if(outbox_, [&](const Message& message) { return message.id == stored->id; });
  } else if (const auto refused = wire::payload_of<wire::ClientRefused>(frame)) {
    // A refused message has left the line: sent again it takes a new place, which the order check
    // would rightly see. The load of these tests gives no reason for one; the tests count them.
    ++refused_;
    for (const Message& message : outbox_) {
      if (message.id == refused->id) client_->send(message.frame);
    }
  } else if (const auto deliver = wire::payload_of<wire::Deliver>(frame)) {
    ledger_.shown(deliver->mseq, deliver->message.from, deliver->message.id);
    cursor_ = deliver->mseq;
    client_->send(lab::encoded_frame(wire::ClientReceived{deliver->mseq}));
  }
}

void EnduringClient::on_closed() {
  ++breaks_;
  const std::weak_ptr<bool> alive = alive_;
  boost::asio::post(io_, [this, alive] {
    if (alive.lock()) client_.reset();
  });
  again_.expires_after(kReconnectMs);
  again_.async_wait([this, alive](auto error) {
    if (!error && alive.lock()) open();
  });
}

void EnduringClient::resend() {
  for (const Message& message : outbox_) client_->send(message.frame);
}

}  // namespace trunkline::tests
