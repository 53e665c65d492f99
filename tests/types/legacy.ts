/** What must compile and what must not, only under legacy decorators: those of parameters. */
import { listOf, Payload, Task, task, tasks } from 'taskalope'

class ImageDto {
  url!: string
  area(): number {
    return 1
  }
}

@task()
class Process extends Task {
  async run(@Payload() image: ImageDto, @Payload(listOf(ImageDto)) more: ImageDto[] = []): Promise<number> {
    return image.area() + more.length
  }
}

class Images {
  @task() resize(@Payload() image: ImageDto): string {
    return image.url
  }
  // @ts-expect-error @Payload has to be called
  @task() uncalled(@Payload image: ImageDto): void {
    void image
  }
  // @ts-expect-error @task is for methods, not for their parameters
  parameter(@task() image: ImageDto): void {
    void image
  }
}

void Process.delay({ url: 'x' }, [{ url: 'y' }])
void Process.delay(new ImageDto())
void tasks(Images).resize.delay({ url: 'x' })
// @ts-expect-error a url is missing
void Process.delay({ nope: 1 })
// @ts-expect-error an arrow function is no type
void Payload(() => 1)
