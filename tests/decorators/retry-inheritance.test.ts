/** What subclasses have of the retry policies of the classes they extend: their own first, then the inherited ones. */
import { describe, expect, it } from 'vitest'
import { createRetry, retry, Task, task, tasks } from 'taskalope'
import { keysOf } from './policies.js'

const a = createRetry({ key: 'a' })
const b = createRetry({ key: 'b' })
const c = createRetry({ key: 'c' })

describe('a task class', () => {
  it('inherits the policies of the classes it extends, the nearest first, after its own', () => {
    @c
    abstract class Root extends Task {
      abstract override run(): void
    }
    @b
    class Middle extends Root {
      run(): void {}
    }
    @a
    @task('retry-inheritance.leaf')
    class Leaf extends Middle {}
    @task('retry-inheritance.plain-leaf')
    class PlainLeaf extends Middle {}
    void [Leaf, PlainLeaf]

    expect(keysOf('retry-inheritance.leaf')).toEqual(['a', 'b', 'c'])
    expect(keysOf('retry-inheritance.plain-leaf')).toEqual(['b', 'c'])
  })

  it('inherits from a task class, which does not get what its subclass has', () => {
    @a
    @task('retry-inheritance.parent')
    class Parent extends Task {
      run(): void {}
    }
    @task('retry-inheritance.child')
    @b
    class Child extends Parent {}
    void Child

    expect(keysOf('retry-inheritance.parent')).toEqual(['a'])
    expect(keysOf('retry-inheritance.child')).toEqual(['b', 'a'])
  })

  it('asks on each class that class’s own policies, then those of its run()', () => {
    @a
    class Base extends Task {
      @b override run(): void {}
    }
    @task('retry-inheritance.inherits-run')
    @c
    class InheritsRun extends Base {}
    @task('retry-inheritance.overrides-run')
    class OverridesRun extends Base {
      @c override run(): void {}
    }
    @task('retry-inheritance.overrides-bare')
    class OverridesBare extends Base {
      override run(): void {}
    }
    void [InheritsRun, OverridesRun, OverridesBare]

    expect(keysOf('retry-inheritance.inherits-run')).toEqual(['c', 'a', 'b'])
    expect(keysOf('retry-inheritance.overrides-run')).toEqual(['c', 'a', 'b'])
    expect(keysOf('retry-inheritance.overrides-bare')).toEqual(['a', 'b'])
  })

  it('replaces an inherited policy by one that names the same key', () => {
    @createRetry({ key: 'http', max: 1 })
    @b
    class Base extends Task {
      run(): void {}
    }
    @createRetry({ key: 'http', max: 9 })
    @task('retry-inheritance.replaces')
    class Replacing extends Base {}
    void Replacing

    expect(keysOf('retry-inheritance.replaces')).toEqual(['http', 'b'])
  })

  it('keeps an inherited policy beside one of its own where neither names its key', () => {
    @retry({ max: 1 })
    class Base extends Task {
      run(): void {}
    }
    @retry({ max: 2 })
    @task('retry-inheritance.unnamed')
    class Unnamed extends Base {}
    void Unnamed

    expect(keysOf('retry-inheritance.unnamed')).toEqual(['default', 'default#2'])
  })

  it('has one policy where the same decorator stands on it and on the class it extends', () => {
    const twice = createRetry({ max: 2 })
    @twice
    class Base extends Task {
      run(): void {}
    }
    @twice
    @task('retry-inheritance.same')
    class Same extends Base {}
    @a
    @task('retry-inheritance.same-named')
    class SameNamed extends a(class extends Base {}) {}
    void [Same, SameNamed]

    expect(keysOf('retry-inheritance.same')).toEqual(['default'])
    expect(keysOf('retry-inheritance.same-named')).toEqual(['a', 'default'])
  })
})

describe('a task method', () => {
  class Base {
    @a @task() send(): void {}
    @a @task('retry-inheritance.named') named(): void {}
    @task() @a static count(): void {}
    @a notATask(): void {}
  }
  class Inheriting extends Base {
    @task() own(): void {}
  }
  class OverridingBare extends Base {
    override send(): void {}
  }
  class Overriding extends Base {
    @task() @b override send(): void {}
    @b @task('retry-inheritance.overriding.named') override named(): void {}
    @b @task() static override count(): void {}
    @task() override notATask(): void {}
  }
  class OverridingByRetry extends Base {
    @b override send(): void {}
  }
  class Below extends Overriding {
    @c override send(): void {}
  }
  for (const cls of [Base, Inheriting, OverridingBare, Overriding, OverridingByRetry, Below]) tasks(cls)

  it('keeps its policies in a subclass that inherits it', () => {
    expect(keysOf('Base.send')).toEqual(['a'])
    expect(keysOf('Inheriting.send')).toEqual(['a'])
    expect(keysOf('Inheriting.count')).toEqual(['a'])
    expect(keysOf('Inheriting.own')).toEqual([])
  })

  it('keeps them in a subclass that overrides it without a decorator', () => {
    expect(keysOf('OverridingBare.send')).toEqual(['a'])
  })

  it('has them after the new ones in a subclass that overrides it with some', () => {
    expect(keysOf('Overriding.send')).toEqual(['b', 'a'])
    expect(keysOf('Overriding.count')).toEqual(['b', 'a'])
    expect(keysOf('retry-inheritance.overriding.named')).toEqual(['b', 'a'])
    expect(keysOf('retry-inheritance.named')).toEqual(['a'])
    expect(keysOf('OverridingByRetry.send')).toEqual(['b', 'a'])
    expect(keysOf('Below.send')).toEqual(['c', 'b', 'a'])
  })

  it('takes them over from a method that was no task itself', () => {
    expect(keysOf('Overriding.notATask')).toEqual(['a'])
  })

  it('does not take over what stands on the class', () => {
    @a
    class WithRun extends Task {
      run(): void {}
      @task('retry-inheritance.beside-run') beside(): void {}
    }
    tasks(WithRun)

    expect(keysOf('retry-inheritance.beside-run')).toEqual([])
  })
})
