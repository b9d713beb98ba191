#include "routing/accounts.h"

#include <string>

#include "routing/admin_text.h"

namespace trunkline::routing {

using wire::Address;
using wire::AdminVerb;

void Accounts::refuse(const Address& asker, wire::BytesView why) {
  courier_.answer(asker, wire::AdminIs{false, true, why});
}

void Accounts::take(Mailbox& mailbox, const Address& asker, const wire::Admin& admin) {
  if (admin.verb == AdminVerb::user_add) return add(mailbox, asker, admin);
  if (!mailbox.exists) return refuse(asker, "no such user");
  if (admin.verb != AdminVerb::ping) return change(mailbox, asker, admin);
  const std::string text = ping_text(turn_.self(), mailbox);
  courier_.answer(asker, wire::AdminIs{true, true, text});
}

// The account that `admin` brings; none: it was refused. Every account has the cluster's number of
// iterations, which the stand-in of an unknown user has too.
std::optional<wire::Account> Accounts::brought(const Mailbox& mailbox, const Address& asker,
                                               const wire::Admin& admin) {
  auto account = wire::decode_account(admin.argument);
  if (!account || account->user != mailbox.owner || !wire::is_name(mailbox.owner)) {
    refuse(asker, "not an account of that user");
    return std::nullopt;
  }
  if (account->iterations != turn_.config.iterations) {
    refuse(asker, "accounts of this cluster have " + std::to_string(turn_.config.iterations) +
                      " iterations, not " + std::to_string(account->iterations));
    return std::nullopt;
  }
  return *account;
}

void Accounts::add(Mailbox& mailbox, const Address& asker, const wire::Admin& admin) {
  if (mailbox.exists) return refuse(asker, "the user exists already");
  auto account = brought(mailbox, asker, admin);
  if (!account) return;
  const std::string creation = std::to_string(turn_.now.wall_ms * 1000 + ++created_ % 1000);
  account->mailbox = creation;
  account->auth_version = 1;
  account->enabled = true;
  put(mailbox, asker, *account);
}

void Accounts::change(Mailbox& mailbox, const Address& asker, const wire::Admin& admin) {
  wire::Account account = *wire::decode_account(mailbox.account);
  if (admin.verb == AdminVerb::user_password) {
    const auto changed = brought(mailbox, asker, admin);
    if (!changed) return;
    account.salt = changed->salt;
    account.stored_key = changed->stored_key;
    account.server_key = changed->server_key;
    account.iterations = changed->iterations;
    ++account.auth_version;
  } else {
    account.enabled = admin.verb == AdminVerb::user_enable;
  }
  put(mailbox, asker, account);
}

void Accounts::put(Mailbox& mailbox, const Address& asker, const wire::Account& account) {
  if (mailbox.account_changing) return refuse(asker, "another change is being made; try again");
  if (turn_.full) return refuse(asker, "the store is full; make room and try again");
  mailbox.account_changing = true;
  ++mailbox.pins;
  wire::Bytes bytes = wire::encoded_account(account);
  commits_.put_account(bytes, QueuedAccount{&mailbox, bytes, asker});
}

void Accounts::settle(const QueuedAccount& queued) {
  Mailbox& mailbox = *queued.mailbox;
  const std::uint64_t version = mailbox.auth_version;
  Mailboxes::set_account(mailbox, queued.account);
  mailbox.account_changing = false;
  mailboxes_.unpin(mailbox);
  if (!mailbox.enabled || mailbox.auth_version != version) logins_.revoke_all(mailbox);
  courier_.answer(queued.asker, wire::AdminIs{true, true, "{}"});
}

void Accounts::undo(const QueuedAccount& queued) {
  queued.mailbox->account_changing = false;
  mailboxes_.unpin(*queued.mailbox);
  refuse(queued.asker, "the store is full; make room and try again");
}

}  // namespace trunkline::routing
