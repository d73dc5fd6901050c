/*
 * The refresh transaction: lock, read, mark, redeem, compare-and-set, unlock. Any process may crash or stand still
 * anywhere, and any answer may be lost. Checked exhaustively by src/model/check-model.ts for three processes, each kind of service and
 * each kind of lock. What the comments call rules are those of docs/lifecycle.md.
 *
 * -DSERVICE=0 strict: a second use of a grant revokes the session
 * -DSERVICE=1 forgiving: a second use is accepted for a time
 * -DSERVICE=2 keep: grants are not single-use
 * -DLEASE=0 a kernel lock, which lasts exactly as long as its holder; -DLEASE=1 a lock that can lapse
 * -DDUE=0 the token has run out; -DDUE=1 it is due, lives, and may run out at any moment
 * -DTRACE prints each step, for the replay against the code
 */
#define N 3
#define STRICT (SERVICE == 0)
#define FORGIVING (SERVICE == 1)
#define KEEP (SERVICE == 2)

#ifdef TRACE
#define STEP(what) printf("@ P%d ", me); printf(what); printf(" grant=%d rev=%d mark=%d holder=%d living=%d\n", grant, rev, mark != 0, holder, isLiving(grant))
#else
#define STEP(what) skip
#endif
#define SERVE 1
#define WAIT 2
#define GO 3
#define isLiving(g) (!revoked && (KEEP || g == living))

/* The record. Each write changes its version, which compare-and-set compares. */
byte version = 1;
byte grant = 1;
byte rev = 1;
bool fresh = false;   /* a token that is not due: everybody adopts it */
bool alive = DUE;     /* the stored token lives */
bool refused = false;
byte mark = 0;        /* the process whose attempt it is; 0: none */
bool ended = false;   /* that attempt is over, and nobody knows what became of the grant */

/* The lock. */
byte holder = 0;

/* The service. */
byte living = 1;
byte spent = 0;       /* the grant before the living one */
bool revoked = false;
bool tolerates = true;  /* a second use of `spent` is still accepted */
bool trusts = true;     /* readers still count on that: by rule 8 they count from the mark, which is earlier */

/* What invariants look at. */
bool flying[N + 1];   /* its request is on its way */
bool excuse = false;  /* a crash between rotation and write, a lost answer, or a holder that stood still for too long */
bool stood = false;   /* a holder stood still for too long: the one excuse for a spent grant while the token lives */
bool unwritten[N + 1];
bool sending[N + 1];  /* between the decision to send and the request */
bool crashed[N + 1];
bool waited[N + 1];   /* this reader has waited for a foreign mark: as long as a redemption can last, or for half of the tolerance */
bool gone[N + 1];     /* it has ended by itself */
byte crashes = 0;
byte losses = 0;
byte lapses = 0;

#ifndef MAX_CRASHES
#define MAX_CRASHES 2
#endif
#define MAX_LOSSES 1
#ifndef MAX_LAPSES
#define MAX_LAPSES 1
#endif

inline unlock() {
  d_step {
    if
    :: holder == me -> holder = 0
    :: else
    fi;
    STEP("unlock")
  }
}

inline served() {
  unlock();
  goto leave
}

active [N] proctype Refresh() {
  byte me = _pid + 1;
  byte plan;
  byte seen;       /* the version that was read */
  byte from;       /* the revision that the grant is of */
  byte mine;       /* the grant that is sent */
  byte next;       /* the grant that came */
  bool accepted;
  bool hasMark;
  {
    /* Rule 7: a live token never waits for a lock. */
    if
    :: d_step { holder == 0 -> holder = me; waited[me] = false; STEP("lock") }
#ifndef TRACE
    :: alive && holder != 0 -> goto leave
    :: fresh -> goto leave  /* adopting needs no lock */
#endif
    fi;
read:
    skip;
    /* The decision is made by what was read: see plan-refresh.ts. */
    d_step {
      seen = version;
      from = rev;
      mine = grant;
      if
      :: fresh || refused -> plan = SERVE
      :: !fresh && !refused && (mark == 0 || KEEP) -> plan = GO
      /* Rule 8: within the service's tolerance the grant is sent again; over a lease, in the second half of it. */
      :: !fresh && !refused && mark != 0 && FORGIVING && trusts ->
        if
        :: !LEASE || ended || waited[me] -> plan = GO
        :: LEASE && !ended && !waited[me] -> if :: alive -> plan = SERVE :: else -> plan = WAIT fi
        fi
      :: !fresh && !refused && mark != 0 && (STRICT || (FORGIVING && !trusts)) ->
        if
        :: alive -> plan = SERVE  /* the token is served to its end */
        :: !alive && LEASE && !ended && !waited[me] -> plan = WAIT  /* an open mark of another lock */
        :: !alive && (!LEASE || ended || waited[me]) -> plan = GO  /* nothing is left to lose */
        fi
      fi;
      sending[me] = (plan == GO);
      STEP("get")
    }
    if
    :: plan == SERVE -> served()
    :: plan == WAIT ->
      (version != seen || waited[me] || !trusts);
      goto read
    :: plan == GO
    fi;
    /* The mark, by compare-and-set. It also proves that the store can be written. */
    d_step {
      hasMark = (version == seen);
      if
      :: hasMark -> mark = me; ended = false; version++; seen = version;
        waited[1] = false; waited[2] = false; waited[3] = false  /* they count again for each mark */
      :: else -> sending[me] = false
      fi;
      STEP("mark")
    }
    if
    :: !hasMark -> goto read
    :: hasMark
    fi;
#ifndef TRACE
    /* held(): a process that stood still notices. One whose lock was only evicted does not. */
    if
    :: holder != me ->
      d_step { sending[me] = false; if :: version == seen -> mark = 0; version++ :: else fi };
      goto leave
    :: true
    fi;
#endif
    d_step {
      sending[me] = false;
      flying[me] = true;
      /* Invariant: a spent grant is not sent while the token lives. Over a lease, a forgiving service may forgive too early. */
      assert(stood || (excuse && FORGIVING && LEASE) || !alive || isLiving(mine) || (FORGIVING && tolerates && mine == spent && !revoked));
      if
      :: KEEP -> accepted = true; next = mine
      :: !KEEP && !revoked && mine == living ->
        accepted = true; spent = living; living++; next = living; unwritten[me] = true; tolerates = true
      :: !KEEP && FORGIVING && !revoked && mine != living && mine == spent && tolerates ->
        accepted = true; next = living; unwritten[me] = true
      :: else -> accepted = false; revoked = true
      fi;
      STEP("send")
    }
    /* Invariant: under a kernel lock no two grants are in flight. */
    assert(LEASE || flying[1] + flying[2] + flying[3] <= 1);
    if
    :: d_step { flying[me] = false; STEP("answer") }
#ifndef TRACE
    :: d_step { losses < MAX_LOSSES -> losses++; flying[me] = false; if :: accepted && !KEEP -> excuse = true :: else fi; unwritten[me] = false };
      /* Nobody knows: the mark stays, and is marked as ended. */
      d_step { if :: version == seen -> ended = true; version++ :: else fi };
      served()
#endif
    fi;
    if
    :: accepted
    :: !accepted ->
      /* Rule 9: a second look, and only then is the refusal written. */
      d_step { if :: rev == from && grant == mine -> refused = true; mark = 0; version++ :: else fi; STEP("write") };
      served()
    fi;
    /* The session goes in if the revision has not moved, whatever became of the lock or the mark. */
    d_step {
      if
      :: rev == from ->
        rev++; grant = next; mark = 0; ended = false; fresh = true; alive = true; refused = false; version++
      :: else  /* somebody else's session is there: ours is dropped */
      fi;
      unwritten[me] = false;
      STEP("write")
    }
    unlock();
leave:
    skip;
    d_step { gone[me] = true; plan = 0; seen = 0; from = 0; mine = 0; next = 0; accepted = false; hasMark = false; STEP("end") }
  } unless {
    crashed[me]
  }
}

/* Whatever happens to the processes, and the passing of time. */
#define isOver ((gone[1] || crashed[1]) && (gone[2] || crashed[2]) && (gone[3] || crashed[3]))

inline crash(who) {
  d_step {
    crashes < MAX_CRASHES && !crashed[who] && !gone[who] ->
    me = who;
    crashed[me] = true;
    crashes++;
    if :: unwritten[me] -> excuse = true :: else fi;
    if :: holder == me && !LEASE -> holder = 0 :: else fi;
    sending[me] = false;
    flying[me] = false;
    STEP("crash");
    me = 0
  }
}

/* A reader has waited for long enough. An attempt that can still go on belongs to a process that stood still for longer. */
#define isBusy(p) (!crashed[p] && !gone[p] && (sending[p] || flying[p] || unwritten[p]))
inline wait(who) {
  d_step {
    LEASE && mark != 0 && mark != who && !ended && !waited[who] && !gone[who] && !crashed[who] ->
    waited[who] = true;
    if
    :: !(FORGIVING && trusts) && (isBusy(1) || isBusy(2) || isBusy(3)) -> excuse = true; stood = true
    :: else
    fi
  }
}

active proctype World() {
  byte me;
  byte lastChecked = 0;
end:
  do
  :: crash(1)
  :: crash(2)
  :: crash(3)
  /* The lock of a holder that crashed or stands still lapses. */
  :: d_step {
      LEASE && holder != 0 && (crashed[holder] || lapses < MAX_LAPSES) ->
      if :: crashed[holder] :: else -> lapses++ fi;
      me = holder;
      holder = 0;
      STEP("lapse");
      me = 0
    }
#ifndef TRACE
  :: alive && !fresh -> alive = false
  /* Readers stop to trust in the tolerance before the service ends it: their count began earlier. */
  :: d_step { FORGIVING && trusts && mark != 0 -> trusts = false; waited[1] = false; waited[2] = false; waited[3] = false }
  /* It ends while a process stands still before its request only if that is for too long. */
  :: d_step { FORGIVING && tolerates && !trusts -> tolerates = false; if :: sending[1] || sending[2] || sending[3] -> excuse = true; stood = true :: else fi }
  :: wait(1)
  :: wait(2)
  :: wait(3)
#endif
  /* Invariant: when nothing more happens, the stored grant is the living one, or its loss has an excuse. */
  :: isOver && lastChecked != version -> lastChecked = version; assert(excuse || isLiving(grant))
  /* Invariant: no older session is written over a newer one. */
  :: grant > rev -> assert(false)
  od
}
