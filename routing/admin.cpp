#include "routing/admin.h"

namespace trunkline::routing {

using wire::Address;
using wire::AdminVerb;
using wire::FrameView;

namespace {

constexpr std::size_t kTextBytesMax = 48 * 1024;

bool concerns_a_user(AdminVerb verb) {
  switch (verb) {
    case AdminVerb::user_add:
    case AdminVerb::user_password:
    case AdminVerb::user_disable:
    case AdminVerb::user_enable:
    case AdminVerb::ping:
      return true;
    default:
      return false;
  }
}

}  // namespace

void AdminDesk::from_socket(wire::SessionId connection, wire::BytesView bytes) {
  const Address asker{turn_.self(), wire::kAdminPort, connection};
  const auto frame = wire::decode(bytes);
  const auto admin = frame ? wire::payload_of<wire::Admin>(*frame) : frame.error();
  if (!admin) {
    ++turn_.counters.bad_frames;
    return answer(asker, false, "not an administration request");
  }
  wire::Bytes addressed(frame->whole);
  wire::readdress(addressed, asker, wire::slot_of(admin->user));
  const FrameView copy = *wire::decode(addressed);
  route(copy, *wire::payload_of<wire::Admin>(copy));
}

void AdminDesk::from_port(const FrameView& frame) {
  const auto admin = wire::payload_of<wire::Admin>(frame);
  if (!admin) {
    ++turn_.counters.bad_frames;
  } else if (admin->verb != AdminVerb::metrics && admin->verb != AdminVerb::ping) {
    answer(frame.header.address, false, "an edge may ask for metrics and ping only");
  } else {
    route(frame, *admin);
  }
}

void AdminDesk::from_edge(const FrameView& frame) {
  const Address& to = frame.header.address;
  const auto answer = wire::payload_of<wire::AdminIs>(frame);
  if (!answer || to.port != wire::kAdminPort || to.rank >= turn_.ranks()) {
    ++turn_.counters.bad_frames;
  } else {
    courier_.answer(to, *answer);
  }
}

void AdminDesk::from_link(const FrameView& frame) {
  if (const auto admin = wire::payload_of<wire::Admin>(frame)) {
    take(frame, *admin);
  } else {
    ++turn_.counters.bad_frames;
  }
}

void AdminDesk::route(const FrameView& frame, const wire::Admin& admin) {
  wire::RankId target = admin.target;
  if (concerns_a_user(admin.verb)) {
    target = turn_.slots.home(admin.user);
  } else if (target == wire::kNoRank) {
    target = turn_.self();
  }
  if (target >= turn_.ranks()) return answer(frame.header.address, false, "no such rank");
  if (target == turn_.self()) return take(frame, admin);
  links_.forward(target, frame);
}

void AdminDesk::take(const FrameView& frame, const wire::Admin& admin) {
  const Address& asker = frame.header.address;
  if (concerns_a_user(admin.verb)) return home_.take(frame);
  switch (admin.verb) {
    case AdminVerb::user_list:
      return home_.list_accounts(asker);
    case AdminVerb::sessions:
      return answer(asker, true, sessions_text(turn_.self(), ports_.all()));
    case AdminVerb::queues:
      return answer(asker, true, queues_text(turn_.self(), depths()));
    case AdminVerb::edges:
      return answer(asker, true, edges_text(turn_.self(), ports_.all()));
    case AdminVerb::edge_status:
    case AdminVerb::edge_drain:
    case AdminVerb::edge_undrain:
    case AdminVerb::edge_reload:
    case AdminVerb::edge_trace:
      return to_edge(frame, admin);
    case AdminVerb::metrics:
      if (admin.argument == wire::kAskTurn) return answer(asker, true, {});
      if (admin.argument == wire::kAskLive) round_trips_.ask();
      return report(asker, admin);
    default:
      return report(asker, admin);
  }
}

// What only the process can tell.
void AdminDesk::report(const Address& asker, const wire::Admin& admin) {
  turn_.effects->reports.push_back({admin.verb, asker, wire::Bytes(admin.argument)});
}

// By its first event loop, which speaks for all of them.
void AdminDesk::to_edge(const FrameView& frame, const wire::Admin& admin) {
  for (const auto& port : ports_.all()) {
    if (port->edge != admin.user || port->thread != 0) continue;
    ports_.forward(*port, frame);
    return;
  }
  answer(frame.header.address, false, "no edge of this name is attached here");
}

void AdminDesk::report(const ReportReady& report) {
  answer(report.to, report.done, report.text);
}

void AdminDesk::answer(const Address& to, bool done, wire::BytesView text) {
  while (text.size() > kTextBytesMax) {
    courier_.answer(to, wire::AdminIs{done, false, text.substr(0, kTextBytesMax)});
    text.remove_prefix(kTextBytesMax);
  }
  courier_.answer(to, wire::AdminIs{done, true, text});
}

QueueDepths AdminDesk::depths() const {
  QueueDepths depths;
  depths.records_queued = home_.queued();
  depths.sends_waiting_for_writer = home_.waiting_for_writer();
  depths.sends_waiting_for_credit = credit_.waiting();
  for (std::size_t i = 0; i < turn_.ranks(); ++i) {
    const auto rank = static_cast<wire::RankId>(i);
    depths.links.push_back({rank, links_.queued_bytes(rank), links_.unconfirmed(rank),
                            credit_.outstanding(rank), home_.copies_out().position(rank)});
  }
  for (const auto& port : ports_.all()) {
    depths.ports.push_back(
        {port->id, port->edge, port->thread, port->unconfirmed_bytes, port->sessions.size()});
  }
  return depths;
}

}  // namespace trunkline::routing
