/** Who lives in the fake: some ordinary, some to try the layout with. */
import type { Account, Contact, Presence, Show, Subscription, SubscriptionRequest } from '../contract';

export const presence = (show: Show, status = ''): Presence => ({ show, status, priority: 0 });

/** Not SHA-1 as XEP-0392 wants it, but steady: enough to tell people apart. */
export function hueOf(text: string): number {
  let sum = 7;
  for (const unit of text) sum = (sum * 31 + (unit.codePointAt(0) ?? 0)) % 360_007;
  return sum % 360;
}

export function account(id: string, jid: string, order: number): Account {
  return {
    id,
    order,
    jid,
    name: jid.split('@')[0]?.replace(/^./, (first) => first.toUpperCase()) ?? jid,
    hue: hueOf(jid),
    coloured: false,
    avatar: null,
    session: { state: 'online', catchingUp: false },
    presence: presence('online'),
  };
}

interface Person {
  jid: string;
  name: string;
  groups?: string[];
  show?: Show;
  status?: string;
  subscription?: Subscription;
  pending?: boolean;
}

const PEOPLE: Person[] = [
  {
    jid: 'juliet@capulet.example',
    name: 'Juliet Capulet',
    groups: ['Family'],
    show: 'online',
    status: 'listening to “Greensleeves”',
  },
  { jid: 'benvolio@montague.example', name: 'Benvolio', groups: ['Friends'], show: 'away', status: 'on the train' },
  {
    jid: 'nurse@capulet.example',
    name: 'Nurse',
    groups: ['Family', 'Work'],
    show: 'dnd',
    status: 'in a meeting until four',
  },
  { jid: 'tybalt@capulet.example', name: 'Tybalt', groups: ['Family'], show: 'offline' },
  { jid: 'mercutio@verona.example', name: 'Mercutio', groups: ['Friends'], show: 'chat' },
  { jid: 'friar.laurence@verona.example', name: 'Friar Laurence', show: 'xa', status: 'gathering herbs' },
  { jid: 'rosaline@capulet.example', name: 'Rosaline', show: 'offline', subscription: 'from' },
  { jid: 'paris@verona.example', name: 'Paris', show: 'offline', subscription: 'none', pending: true },
  { jid: 'ليلى@example.org', name: 'ليلى العامرية', groups: ['Friends'], show: 'online', status: 'في المكتبة' },
  {
    jid: 'd\\27artagnan+!#$%*-=?^_`{|}~@example.net',
    name: 'd’Artagnan <b>bold</b> <script>alert(1)</script>',
    show: 'online',
  },
  {
    jid: 'zalgo@example.net',
    name: 'Z̷̢̛a̸͎̔l̵̯̈́g̶̡̛o',
    groups: ['A group with quite a long name to see where it is cut'],
    show: 'away',
  },
  {
    jid: 'someone.with.a.very.long.name.indeed@a-rather-long-subdomain.of.an.even.longer.domain.example',
    name: 'Someone-With-A-Name-That-Never-Ends-And-Has-No-Spaces-To-Break-At',
    show: 'online',
    status: 'A status that goes on and on, as some do, to see how it is cut where there is no more room for it',
  },
];

export function contacts(owner: string): Contact[] {
  return PEOPLE.map((person, index) => ({
    id: `${owner}/${person.jid}`,
    order: index,
    account: owner,
    jid: person.jid,
    name: person.name,
    groups: person.groups ?? [],
    subscription: person.subscription ?? 'both',
    pending: person.pending ?? false,
    preApproved: false,
    blocked: false,
    hue: hueOf(person.jid),
    avatar: null,
    presence: presence(person.show ?? 'offline', person.status),
  }));
}

export function requests(owner: string): SubscriptionRequest[] {
  return [
    {
      id: `${owner}/balthasar@montague.example`,
      order: 1,
      account: owner,
      jid: 'balthasar@montague.example',
      name: 'Balthasar',
      message: 'We met at the orchard. I carry the letters.',
      hue: hueOf('balthasar@montague.example'),
    },
  ];
}
