// The editor's own small state: what the phone shows, and which date field is meant.
export function pushEditor() {
  return {
    text: '',
    repeat: 'monthly',
    init() {
      this.text = this.$root.querySelector('#text').value
      this.repeat = this.$root.querySelector('[name=repeat]:checked').value
    },
    read(event) { this.text = event.target.value },
    choose(event) { this.repeat = event.target.value },
    get length() { return [...this.text].length },
    get preview() { return this.text || '文字会出现在这里' },
    get isMonthly() { return this.repeat === 'monthly' },
    get isOnce() { return this.repeat === 'once' },
  }
}
