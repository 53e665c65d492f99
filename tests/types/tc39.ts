/** What must not compile only under TC39 decorators: there are none for parameters, and accessors are another thing. */
import { Payload, task } from 'taskalope'

class Images {
  // @ts-expect-error TS1206: TC39 has no parameter decorators
  resize(@Payload() url: string): string {
    return url
  }
  // @ts-expect-error accessors are not tasks
  @task() accessor handler = async (a: number): Promise<number> => a
}
void Images
