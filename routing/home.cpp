#include "routing/home.h"

#include <algorithm>
#include <utility>

#include "routing/admin_text.h"
#include "wire/check.h"

namespace trunkline::routing {

using wire::BytesView;
using wire::FrameView;
using wire::Kind;

namespace {

// Whose mailbox a frame is for.
template <class Payload>
BytesView owner_of(const Payload& payload) {
  return payload.user;
}
BytesView owner_of(const wire::Send& send) {
  return send.message.to;
}
BytesView owner_of(const wire::Direct& direct) {
  return direct.message.to;
}

// How many accounts one read of `user_list` brings: a few frames' worth.
constexpr std::size_t kAccountsPerRead = 256;

}  // namespace

Home::Home(Turn& turn, Links& links, Courier& courier, DirectRoutes& direct)
    : turn_(turn),
      courier_(courier),
      direct_(direct),
      loads_(turn),
      commits_(turn),
      mailboxes_(turn, loads_),
      pumps_(turn, loads_, mailboxes_, courier),
      cursors_(turn, commits_, mailboxes_),
      logins_(turn, loads_, mailboxes_, courier, cursors_, pumps_, direct),
      inbox_(turn, loads_, mailboxes_, commits_, courier, pumps_),
      history_(loads_, courier),
      accounts_(turn, mailboxes_, commits_, courier, logins_),
      copies_out_(turn, links, loads_, commits_),
      copies_in_(turn, links, mailboxes_, commits_) {}

// ---- frames

void Home::take(const FrameView& frame) {
  if (frame.header.kind == Kind::send && (commits_.is_filled() || !line_.empty())) {
    line_.push(frame, turn_.now);
  } else {
    take(frame, nullptr);
  }
}

bool Home::take(const FrameView& frame, Mailbox* ready) {
  switch (frame.header.kind) {
    case Kind::verifier:
      take_verifier(frame);
      return true;
    case Kind::attach:
      return take_as<wire::Attach>(frame, ready);
    case Kind::detach:
      return take_as<wire::Detach>(frame, ready);
    case Kind::send:
      return take_as<wire::Send>(frame, ready);
    case Kind::taken:
      return take_as<wire::Taken>(frame, ready);
    case Kind::received:
      return take_as<wire::Received>(frame, ready);
    case Kind::history:
      return take_as<wire::History>(frame, ready);
    case Kind::direct:
      return take_as<wire::Direct>(frame, ready);
    case Kind::admin:
      return take_as<wire::Admin>(frame, ready);
    default:
      ++turn_.counters.bad_frames;
      return true;
  }
}

template <class Payload>
bool Home::take_as(const FrameView& frame, Mailbox* ready) {
  const auto payload = wire::payload_of<Payload>(frame);
  if (!payload) {
    ++turn_.counters.bad_frames;
    return true;
  }
  const BytesView owner = owner_of(*payload);
  if (turn_.slots.home(owner) != turn_.self()) {
    take_misdirected(frame);
    return true;
  }
  Mailbox& mailbox = ready != nullptr ? *ready : mailboxes_.get(owner);
  if (ready != nullptr) return handle(mailbox, frame, *payload);
  if (Mailboxes::must_wait(mailbox) || !handle(mailbox, frame, *payload)) {
    const bool dropped =
        frame.header.kind == Kind::direct && mailbox.deferred_bytes >= wire::kDirectOutboxBytesMax;
    if (dropped) {
      ++turn_.counters.direct_dropped_pressure;
    } else {
      mailboxes_.defer(mailbox, frame);
    }
  }
  return true;
}

// A mailbox has no part in it: guessed names are never kept.
void Home::take_verifier(const FrameView& frame) {
  const auto asked = wire::payload_of<wire::Verifier>(frame);
  if (!asked) {
    ++turn_.counters.bad_frames;
  } else if (turn_.slots.home(asked->user) != turn_.self()) {
    take_misdirected(frame);
  } else {
    logins_.verify(frame.header.address, asked->user);
  }
}

// A slot that is not that of the name. A SEND is answered all the same: somebody holds it.
void Home::take_misdirected(const FrameView& frame) {
  ++turn_.counters.misdirected;
  if (const auto send = wire::payload_of<wire::Send>(frame)) {
    inbox_.refuse(frame, *send, wire::Code::unavailable);
  }
}

void Home::work() {
  take_line();
  Mailbox* mailbox = nullptr;
  for (wire::Bytes frame = mailboxes_.next_ready(mailbox); !frame.empty();
       frame = mailboxes_.next_ready(mailbox)) {
    if (!take(*wire::decode(frame), mailbox)) mailboxes_.defer_again(*mailbox, std::move(frame));
  }
}

void Home::take_line() {
  while (!line_.empty() && !commits_.is_filled()) {
    const SendLine::Waiting first = line_.pop_front();
    take(*wire::decode(first.frame), nullptr);
  }
}

bool Home::handle(Mailbox& mailbox, const FrameView& frame, const wire::Attach& attach) {
  logins_.attach(mailbox, frame.header.address, attach);
  return true;
}

bool Home::handle(Mailbox& mailbox, const FrameView& frame, const wire::Detach& detach) {
  logins_.detach(mailbox, frame.header.address, detach);
  return true;
}

bool Home::handle(Mailbox& mailbox, const FrameView& frame, const wire::Send& send) {
  if (!inbox_.take(mailbox, frame, send)) return false;
  if (turn_.planted(wire::Fault::copy_ahead)) {
    const wire::RankId target = turn_.slots.home(send.message.from);
    if (target != turn_.self()) copies_out_.committed(target);
  }
  return true;
}

bool Home::handle(Mailbox& mailbox, const FrameView& frame, const wire::Taken& taken) {
  Device* device = mailbox.session_of(taken.device, taken.sepoch, frame.header.address);
  if (device != nullptr) pumps_.taken(mailbox, *device, taken.mseq);
  return true;
}

bool Home::handle(Mailbox& mailbox, const FrameView& frame, const wire::Received& received) {
  Device* device = mailbox.session_of(received.device, received.sepoch, frame.header.address);
  if (device != nullptr) cursors_.received(mailbox, *device, received.mseq);
  return true;
}

bool Home::handle(Mailbox& mailbox, const FrameView& frame, const wire::History& history) {
  history_.ask(mailbox, frame.header.address, history);
  return true;
}

bool Home::handle(Mailbox& mailbox, const FrameView& frame, const wire::Direct& direct) {
  direct_.at_home(mailbox, frame, direct);
  return true;
}

bool Home::handle(Mailbox& mailbox, const FrameView& frame, const wire::Admin& admin) {
  accounts_.take(mailbox, frame.header.address, admin);
  return true;
}

void Home::list_accounts(const wire::Address& asker) {
  loads_.ask(wire::LoadAccounts{{}, kAccountsPerRead}, ForAccounts{asker, true});
}

// ---- the store

void Home::step(const wire::Durable& durable) {
  commits_.durable(durable.op, [this](Queued& queued) {
    std::visit([this](auto& each) { settle(each); }, queued);
  });
  copies_in_.confirm();
  for (Mailbox* mailbox : std::exchange(grown_, {})) {
    mailbox->grown = false;
    pumps_.run(*mailbox);
  }
}

void Home::step(const wire::TakenBack& taken_back) {
  commits_.taken_back(
      taken_back.generation,
      [this](Queued& queued) { std::visit([this](auto& each) { undo(each); }, queued); },
      [this](Queued& queued) {
        if (const auto* message = std::get_if<QueuedMessage>(&queued)) inbox_.refuse_full(*message);
      });
}

void Home::step(const wire::Loaded& loaded) {
  const Purpose purpose = loads_.take(loaded.ticket);
  std::visit(
      [this](const auto& why, const auto& what) {
        if constexpr (requires { came(why, what); }) {
          came(why, what);
        } else {
          TRUNKLINE_CHECK(false, "a read is answered by what was asked for");
        }
      },
      purpose, loaded.what);
}

void Home::step(const wire::RoomChanged& changed) {
  turn_.full = changed.full;
  if (!turn_.full) copies_in_.resume();
}

void Home::grown(Mailbox& mailbox) {
  if (!std::exchange(mailbox.grown, true)) grown_.push_back(&mailbox);
}

void Home::settle(QueuedMessage& queued) {
  inbox_.settle(queued);
  grown(*queued.mailbox);
  if (queued.copy_to != wire::kNoRank) copies_out_.committed(queued.copy_to);
}

void Home::settle(QueuedOwnCopy& queued) {
  queued.mailbox->head = queued.place;
  grown(*queued.mailbox);
  mailboxes_.unpin(*queued.mailbox);
}

void Home::settle(QueuedCopy& queued) {
  copies_in_.settle(queued);
  grown(*queued.mailbox);
}

void Home::undo(QueuedOwnCopy& queued) {
  queued.mailbox->tail = queued.mailbox->head;
  mailboxes_.unpin(*queued.mailbox);
}

void Home::came(const ForMailbox& purpose, const wire::MailboxLoaded& loaded) {
  mailboxes_.loaded(*purpose.mailbox, loaded);
  copies_in_.resume();
}

void Home::came(const ForAccounts& purpose, const wire::AccountsLoaded& loaded) {
  const std::string text = accounts_text(loaded.accounts, purpose.first, !loaded.more);
  courier_.answer(purpose.asker, wire::AdminIs{true, !loaded.more, text});
  if (!loaded.more) return;
  const auto last = wire::decode_account(loaded.accounts.back());
  loads_.ask(wire::LoadAccounts{wire::Bytes(last->user), kAccountsPerRead},
             ForAccounts{purpose.asker, false});
}

// ---- time

void Home::refuse_busy() {
  for (const SendLine::Waiting& waiting : line_.take_busy(turn_.now)) {
    const FrameView frame = *wire::decode(waiting.frame);
    if (const auto send = wire::payload_of<wire::Send>(frame)) {
      inbox_.refuse(frame, *send, wire::Code::busy);
    }
  }
}

void Home::refuse_all() {
  for (const SendLine::Waiting& waiting : line_.take_all()) {
    const FrameView frame = *wire::decode(waiting.frame);
    if (const auto send = wire::payload_of<wire::Send>(frame)) {
      inbox_.refuse(frame, *send, wire::Code::unavailable);
    }
  }
}

void Home::flush() {
  const bool riding = commits_.take_fresh();
  cursors_.flush(riding);
  copies_out_.flush(riding);
  commits_.take_fresh();
}

std::int64_t Home::wake_at() const {
  return std::min({cursors_.flush_at(), copies_out_.flush_at(), line_.busy_at()});
}

bool Home::settled() const {
  return commits_.queued() == 0 && line_.empty() && cursors_.settled() && loads_.settled();
}

}  // namespace trunkline::routing
