/** What the lower part of the rail shows: what happened, or the comments; and what somebody jumped to there. */
export class RailView {
  tab = $state<'feed' | 'comments'>('feed');
  /** The document that the next comment is on. */
  about = $state<string | null>(null);
  /** The comment that is looked for. */
  found = $state<string | null>(null);
  /** Counts the wishes to write; the field takes the focus. */
  asked = $state(0);

  /** Begins a comment on a document. */
  ask(documentId: string): void {
    this.tab = 'comments';
    this.found = null;
    this.about = documentId;
    this.asked += 1;
  }

  /** Shows one comment among the others. */
  show(commentId: string): void {
    this.tab = 'comments';
    this.found = commentId;
  }

  choose(tab: RailView['tab']): void {
    this.tab = tab;
    this.found = null;
  }
}
