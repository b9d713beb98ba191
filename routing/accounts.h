// What administration does to one user at their home: the account, and where its sessions are. A
// change counts, and is answered, when it is durable; sessions it concerns end then.
#pragma once

#include "routing/commits.h"
#include "routing/logins.h"

namespace trunkline::routing {

class Accounts {
 public:
  Accounts(Turn& turn, Mailboxes& mailboxes, Commits& commits, Courier& courier, Logins& logins)
      : turn_(turn), mailboxes_(mailboxes), commits_(commits), courier_(courier), logins_(logins) {}

  // REQUIRES: the mailbox is loaded.
  void take(Mailbox& mailbox, const wire::Address& asker, const wire::Admin& admin);
  void settle(const QueuedAccount& queued);
  void undo(const QueuedAccount& queued);

 private:
  std::optional<wire::Account> brought(const Mailbox& mailbox, const wire::Address& asker,
                                       const wire::Admin& admin);
  void add(Mailbox& mailbox, const wire::Address& asker, const wire::Admin& admin);
  void change(Mailbox& mailbox, const wire::Address& asker, const wire::Admin& admin);
  void put(Mailbox& mailbox, const wire::Address& asker, const wire::Account& account);
  void refuse(const wire::Address& asker, wire::BytesView why);

  Turn& turn_;
  Mailboxes& mailboxes_;
  Commits& commits_;
  Courier& courier_;
  Logins& logins_;
  std::int64_t created_ = 0;  // mailboxes made in this life; tells apart those of one millisecond
};

}  // namespace trunkline::routing
